import { createPrivateKey, X509Certificate } from "node:crypto";

/** Where the server's credentials lie. */
export interface TlsFiles {
  /** The server's certificate and those that lead to its CA, in PEM. */
  readonly cert: string;
  /** Its private key, in PEM. */
  readonly key: string;
  /** Certificates of the CAs that agents' certificates must come from; without one agents are not asked for any. */
  readonly clientCa: string | undefined;
}

/** Credentials that were tried and work. */
export interface TlsCredentials {
  readonly context: {
    readonly cert: string;
    readonly key: string;
    readonly ca?: string;
    readonly minVersion: "TLSv1.3";
  };
  /** Where one of the server's own chain is over first. */
  readonly notAfterMs: number;
  /** Tells these from others. */
  readonly text: string;
}

/** The files can't be used; the message says which and why. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
}

/** A chain, or a bundle of CAs, is some KiB; what is larger is some other file. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads the files and tries what is in them.
 *
 * @throws CredentialsError
 */
export function readCredentials(files: TlsFiles): TlsCredentials {
  const cert = readPem("--tls-cert", files.cert);
  const key = readPem("--tls-key", files.key);
  const ca = files.clientCa === undefined ? undefined : readPem("--tls-client-ca", files.clientCa);
  const chain = parseChain("--tls-cert", files.cert, cert);
  if (ca !== undefined) parseChain("--tls-client-ca", files.clientCa!, ca);
  checkKey(files, chain[0]!, key);
  // The product's own two sides speak TLS 1.3; what older versions add is only more to get wrong.
  const context = { cert, key, minVersion: "TLSv1.3", ...(ca === undefined ? {} : { ca }) } as const;
  const notAfterMs = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
  return { context, notAfterMs, text: [cert, key, ca ?? ""].join("\n") };
}

/** A file of PEM, or of another text of its size. @throws CredentialsError */
export function readPem(flag: string, path: string): string {
  try {
    const { size } = Deno.statSync(path);
    if (size > MAX_FILE_BYTES) throw new Error(`found ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
    return Deno.readTextFileSync(path);
  } catch (error) {
    const hint = error instanceof Deno.errors.NotCapable ? "; --allow-read must name the file" : "";
    throw new CredentialsError(`${flag} ${path}: ${reasonOf(error)}${hint}`);
  }
}

/** Deno takes a key that is not the certificate's, and then fails each handshake. */
function checkKey(files: TlsFiles, certificate: X509Certificate, key: string): void {
  let isOwn: boolean;
  try {
    isOwn = certificate.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new CredentialsError(`--tls-key ${files.key}: found no private key that can be read (${reasonOf(error)})`);
  }
  if (!isOwn) throw new CredentialsError(`--tls-key ${files.key}: is not the key of --tls-cert ${files.cert}`);
}

/** The certificates in it, at least one. @throws CredentialsError */
export function parseChain(flag: string, path: string, pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new CredentialsError(`${flag} ${path}: found no certificate, expected PEM`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new CredentialsError(`${flag} ${path}: found a certificate that can't be read (${reasonOf(error)})`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
