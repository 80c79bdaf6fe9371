import { createPrivateKey, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type * as X509 from "@peculiar/x509";
import { AGENT_URI_PREFIX } from "../ingest/certificate_agents.ts";

/** A certificate and its private key, in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** When a certificate is good. */
export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What every TLS 1.3 implementation takes, and what signs ten times as fast as RSA. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
/** 128 bits, the first of them 0 (RFC 5280 §4.1.2.2). */
const SERIAL_BYTES = 16;
/** A name of X.520 has room for so many characters; what does not fit stands in the alternative name only. */
const MAX_COMMON_NAME_CHARS = 64;

/** Makes a CA: it signs with its key, and nothing stands above it. */
export async function issueCa(name: string, validity: Validity): Promise<IssuedCertificate> {
  const x509 = await library();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: commonName(name),
    notBefore: new Date(validity.fromMs),
    notAfter: new Date(validity.toMs),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      // Its certificates are final: it signs no other CA.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await pemKey(keys.privateKey) };
}

/** Makes a server's certificate. @param names the host names and IP addresses that agents connect to */
export async function issueServer(
  ca: IssuedCertificate,
  names: readonly string[],
  validity: Validity,
): Promise<IssuedCertificate> {
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
  return issue(ca, names[0]!, alternatives, "serverAuth", validity);
}

/** Makes an agent's certificate: the server lets it in under this id and no other. */
export async function issueAgent(
  ca: IssuedCertificate,
  agentId: string,
  validity: Validity,
): Promise<IssuedCertificate> {
  return issue(ca, agentId, [{ type: "url", value: agentUri(agentId) }], "clientAuth", validity);
}

/** How an agent's id stands in its certificate: a URI of the subject alternative name. */
export function agentUri(agentId: string): string {
  return AGENT_URI_PREFIX + encodeURIComponent(agentId);
}

async function issue(
  ca: IssuedCertificate,
  name: string,
  alternatives: X509.JsonGeneralNames,
  usage: "serverAuth" | "clientAuth",
  validity: Validity,
): Promise<IssuedCertificate> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(ca.certificate);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: commonName(name),
    issuer: issuer.subjectName,
    notBefore: new Date(validity.fromMs),
    // Nothing outlives who vouches for it.
    notAfter: new Date(Math.min(validity.toMs, issuer.notAfter.getTime())),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await caKey(ca.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
      new x509.SubjectAlternativeNameExtension(alternatives),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await pemKey(keys.privateKey) };
}

/** 5 MB of code, loaded only by who makes certificates. */
async function library(): Promise<typeof X509> {
  // One of its own dependencies needs this and does not say so.
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

/** A structured name: what stands in it can't be taken for syntax. */
function commonName(name: string): X509.JsonName {
  return [{ CN: [[...name].slice(0, MAX_COMMON_NAME_CHARS).join("")] }];
}

function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

function pem(certificate: X509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function pemKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

async function caKey(key: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(key).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}
