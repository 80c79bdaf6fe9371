import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { AgentCredentials, type TlsFiles } from "../../src/node/agent_credentials.ts";
import { type IssuedCertificate, issueAgent, issueCa, issueServer } from "../../src/node/certificates.ts";
import { tlsDialer } from "../../src/node/tls_dialer.ts";

const VALIDITY = { fromMs: Date.now() - 1_000, toMs: Date.now() + 1_000_000 };
let ca: IssuedCertificate;
let dir: string;
let server: Server;
let accepted: Promise<TLSSocket>;

beforeAll(async () => {
  ca = await issueCa("ca", VALIDITY);
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "tls-"));
  put("ca.pem", ca.certificate);
});

afterEach(() => {
  server?.close();
  rmSync(dir, { recursive: true });
});

function put(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

/** Starts a server with a certificate for these names; gives its port. */
async function serve(names: readonly string[], options: TlsOptions = {}): Promise<number> {
  const { certificate, key } = await issueServer(ca, names, VALIDITY);
  server = createServer({ cert: certificate, key, ...options });
  server.on("tlsClientError", () => {});
  accepted = new Promise((resolve) => {
    server.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      resolve(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

function credentials(files: Partial<TlsFiles> = {}, faults: string[] = []): AgentCredentials {
  const all = { tlsCa: join(dir, "ca.pem"), tlsCert: undefined, tlsKey: undefined, ...files };
  return new AgentCredentials(all, (reason) => faults.push(reason));
}

test("bytes go both ways over TLS 1.3", async () => {
  const port = await serve(["127.0.0.1"]);
  const stream = await tlsDialer(credentials()).dial(`127.0.0.1:${port}`);
  const peer = await accepted;
  expect(peer.getProtocol()).toBe("TLSv1.3");
  peer.write("hello");
  expect(new TextDecoder().decode(await stream.read())).toBe("hello");
  const received = new Promise((resolve) => peer.once("data", resolve));
  await stream.write([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  expect(await received).toEqual(Buffer.of(1, 2, 3));
  const reading = stream.read();
  stream.close();
  expect(await reading).toBeUndefined();
});

test("takes a megabyte chunk by chunk, each whole until the next, and an end in order is no failure", async () => {
  const port = await serve(["127.0.0.1"]);
  const stream = await tlsDialer(credentials()).dial(`127.0.0.1:${port}`);
  const peer = await accepted;
  const sent = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) % 251);
  peer.end(sent);
  const parts: Uint8Array[] = [];
  for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
    if (parts.length % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    parts.push(chunk.slice());
  }
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
  expect(stream.failure).toBeUndefined();
  stream.close();
});

test("a server is trusted for its CA and its name, and speaks TLS 1.3", async () => {
  const port = await serve(["other.example"]);
  await expect(tlsDialer(credentials()).dial(`127.0.0.1:${port}`)).rejects.toThrow(/altnames.*give --server a name/s);
  const trustsNode = credentials({ tlsCa: undefined });
  await expect(tlsDialer(trustsNode).dial(`127.0.0.1:${port}`)).rejects.toThrow(/give its certificate with --tls-ca/);
  server.close();
  const oldPort = await serve(["127.0.0.1"], { maxVersion: "TLSv1.2" });
  await expect(tlsDialer(credentials()).dial(`127.0.0.1:${oldPort}`)).rejects.toThrow(/TLS with 127/);
  await expect(tlsDialer(credentials()).dial("no port")).rejects.toThrow("host:port");
});

test("a server that refuses the agent's certificate is a failure with a reason", async () => {
  const port = await serve(["127.0.0.1"], { requestCert: true, rejectUnauthorized: true, ca: ca.certificate });
  const stream = await tlsDialer(credentials()).dial(`127.0.0.1:${port}`);
  expect(await stream.read()).toBeUndefined();
  expect(stream.failure).toMatch(/certificate required/);
});

test("new files count from the next connection on; broken ones are told once and the old ones stay", async () => {
  const port = await serve(["127.0.0.1"], { requestCert: true, rejectUnauthorized: true, ca: ca.certificate });
  const first = await issueAgent(ca, "first", VALIDITY);
  const tlsCert = put("agent.pem", first.certificate);
  const tlsKey = put("agent.key", first.key);
  const faults: string[] = [];
  const own = credentials({ tlsCert, tlsKey }, faults);
  const shownName = async (): Promise<string> => {
    accepted = new Promise((resolve) => server.once("secureConnection", resolve));
    const stream = await tlsDialer(own).dial(`127.0.0.1:${port}`);
    const { subject } = (await accepted).getPeerCertificate();
    stream.close();
    return String(subject.CN);
  };
  expect(await shownName()).toBe("first");
  const second = await issueAgent(ca, "second", VALIDITY);
  put("agent.pem", second.certificate);
  expect(await shownName()).toBe("first");
  expect(await shownName()).toBe("first");
  expect(faults).toEqual([expect.stringContaining("is not the key of --tls-cert")]);
  expect(own.reload()).toBe(false);
  put("agent.key", second.key);
  expect(await shownName()).toBe("second");
  expect(own.reload()).toBe(true);
  expect(faults).toHaveLength(2);
});

test("files that can't be used at the start say why", () => {
  expect(() => credentials({ tlsCa: join(dir, "none") })).toThrow(/--tls-ca .*none: ENOENT/);
  expect(() => credentials({ tlsCa: put("x", "hello") })).toThrow(/found no certificate, expected PEM/);
  expect(() => credentials({ tlsCert: join(dir, "ca.pem"), tlsKey: put("k", "hello") })).toThrow(/no private key/);
});
