import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { type JsonGeneralNames, SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";
import { expect, test } from "vitest";
import { AGENT_URI_PREFIX, agentIdsOf } from "../../src/ingest/mod.ts";
import { agentUri, issueAgent, issueCa, issueServer } from "../../src/node/certificates.ts";

const VALIDITY = { fromMs: Date.now() - 1_000, toMs: Date.now() + 100_000 };

function der(pem: string): Uint8Array {
  return Uint8Array.from(Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64"));
}

async function certificateFor(names: JsonGeneralNames): Promise<Uint8Array> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=urn:tidewire:agent:common",
    notBefore: new Date(VALIDITY.fromMs),
    notAfter: new Date(VALIDITY.toMs),
    signingAlgorithm: algorithm,
    keys: await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]),
    extensions: [new SubjectAlternativeNameExtension(names)],
  });
  return new Uint8Array(certificate.rawData);
}

test.each(["db-1", "Zürich/3", "a,b=c;URI:x", "日本", "x".repeat(128)])("says whose it is: %s", async (agentId) => {
  const ca = await issueCa("ca", VALIDITY);
  expect(agentIdsOf(der((await issueAgent(ca, agentId, VALIDITY)).certificate))).toEqual([agentId]);
});

test("a certificate may be made out to several agents", async () => {
  const names = ["a", "b"].map((id) => ({ type: "url", value: agentUri(id) }) as const);
  expect(agentIdsOf(await certificateFor([{ type: "dns", value: "x" }, ...names]))).toEqual(["a", "b"]);
});

test("no other name is an agent's: of a host, of a CA, inside another name, misspelt", async () => {
  const ca = await issueCa("ca", VALIDITY);
  expect(agentIdsOf(der(ca.certificate))).toEqual([]);
  expect(agentIdsOf(der((await issueServer(ca, ["db-1", "10.0.0.1"], VALIDITY)).certificate))).toEqual([]);
  const names: JsonGeneralNames = [
    // What a runtime makes of this one reads like two names.
    { type: "dns", value: `x, URI:${AGENT_URI_PREFIX}victim` },
    { type: "dns", value: `${AGENT_URI_PREFIX}victim` },
    { type: "url", value: `https://x/?${AGENT_URI_PREFIX}victim` },
    { type: "url", value: "URN:TIDEWIRE:AGENT:victim" },
    { type: "url", value: AGENT_URI_PREFIX },
    { type: "url", value: `${AGENT_URI_PREFIX}%ff%zz` },
  ];
  expect(agentIdsOf(await certificateFor(names))).toEqual([]);
});

test("bytes that are no certificate are nobody's, and harm nothing", async () => {
  const good = der((await issueAgent(await issueCa("ca", VALIDITY), "db-1", VALIDITY)).certificate);
  for (let length = 0; length < good.length; length++) expect(agentIdsOf(good.subarray(0, length))).toEqual([]);
  const bad = good.slice();
  for (let at = 0; at < bad.length; at++) {
    for (const byte of [0x00, 0x80, 0x84, 0xff]) {
      bad[at] = byte;
      expect(Array.isArray(agentIdsOf(bad))).toBe(true);
    }
    bad[at] = good[at]!;
  }
  expect(agentIdsOf(Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0))).toEqual([]);
});
