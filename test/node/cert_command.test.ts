import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentIdsOf } from "../../src/ingest/mod.ts";
import type { CommandIo } from "../../src/node/command.ts";
import { certCommand } from "../../src/node/commands/cert.ts";

let dir: string;
let out: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "cert-"));
});

afterEach(() => rmSync(dir, { recursive: true }));

function cert(...args: string[]): Promise<number> {
  out = "";
  const write = (text: string): boolean => {
    out += text;
    return true;
  };
  const stdout = { isTTY: false, write };
  return certCommand.run(args, { stdin: process.stdin, stdout, stderr: stdout, env: {} } as unknown as CommandIo);
}

function certificate(name: string): X509Certificate {
  return new X509Certificate(readFileSync(join(dir, "pki", name)));
}

test("makes a CA and what it vouches for, with keys that only their owner reads", async () => {
  const pki = join(dir, "pki");
  expect(await cert("ca", "--out", pki)).toBe(0);
  expect(out).toContain("--tls-client-ca");
  expect(await cert("server", "--ca", pki, "--name", "db.example,10.0.0.5,::1")).toBe(0);
  expect(out).toContain(`--tls-cert ${join(pki, "server.pem")} --tls-key ${join(pki, "server.key")}`);
  expect(await cert("agent", "--ca", pki, "--id", "rack 3/db-1", "--days", "30")).toBe(0);
  expect(out).toContain("--agent-id 'rack 3/db-1'");
  const names = ["agent-rack_3_db-1.key", "agent-rack_3_db-1.pem", "ca.key", "ca.pem", "server.key", "server.pem"];
  expect(readdirSync(pki).sort()).toEqual(names);
  for (const name of names.filter((one) => one.endsWith(".key"))) {
    expect(statSync(join(pki, name)).mode & 0o777, name).toBe(0o600);
  }
  expect(statSync(pki).mode & 0o777).toBe(0o700);

  const ca = certificate("ca.pem");
  const server = certificate("server.pem");
  const agent = certificate("agent-rack_3_db-1.pem");
  expect(ca.ca && ca.verify(ca.publicKey)).toBe(true);
  for (const one of [server, agent]) expect(one.checkIssued(ca) && one.verify(ca.publicKey) && !one.ca).toBe(true);
  expect(server.checkHost("db.example")).toBe("db.example");
  expect(server.checkIP("10.0.0.5")).toBe("10.0.0.5");
  expect(server.checkHost("other.example")).toBeUndefined();
  expect(agentIdsOf(new Uint8Array(agent.raw))).toEqual(["rack 3/db-1"]);
  const days = (one: X509Certificate): number => Math.round((Date.parse(one.validTo) - Date.now()) / 86_400_000);
  expect([ca, server, agent].map(days)).toEqual([3_650, 365, 30]);
  expect(new Set([ca, server, agent].map(({ serialNumber }) => serialNumber)).size).toBe(3);
});

test("writes over nothing", async () => {
  const pki = join(dir, "pki");
  await cert("ca", "--out", pki);
  const before = readFileSync(join(pki, "ca.key"));
  await expect(cert("ca", "--out", pki)).rejects.toThrow("ca.pem is there already, and is not written over");
  rmSync(join(pki, "ca.pem"));
  await expect(cert("ca", "--out", pki)).rejects.toThrow("ca.key is there already");
  expect(readFileSync(join(pki, "ca.key"))).toEqual(before);
});

test("nothing outlives its CA, and a CA that is none is found out", async () => {
  const pki = join(dir, "pki");
  await cert("ca", "--out", pki, "--days", "10");
  await cert("server", "--ca", pki, "--name", "a");
  expect(certificate("server.pem").validTo).toBe(certificate("ca.pem").validTo);
  const other = join(dir, "other");
  await cert("ca", "--out", other);
  writeFileSync(join(pki, "ca.key"), readFileSync(join(other, "ca.key")));
  await expect(cert("agent", "--ca", pki, "--id", "a")).rejects.toThrow("is not the key of");
  await expect(cert("agent", "--ca", join(dir, "none"), "--id", "a")).rejects.toThrow("Make a CA first");
});

test.each([
  [[], "expected ca, server or agent"],
  [["sever"], "expected ca, server or agent"],
  [["ca"], "--out DIR is needed"],
  [["ca", "--out", "x", "--days", "0"], "--days: expected a whole number from 1"],
  [["server", "--ca", "x"], "--name HOST"],
  [["server", "--ca", "x", "--name", "a, b"], "expected host names"],
  [["agent", "--ca", "x"], "--id AGENT_ID is needed"],
  [["agent", "--ca", "x", "--id", "é".repeat(65)], "1 to 128 bytes"],
  [["agent", "--ca", "x", "--id", "a\nb"], "without control characters"],
  [["agent", "--id", "x", "--name", "y"], "unknown option --name"],
])("says what was typed wrong: %j", async (args, message) => {
  await expect(cert(...args)).rejects.toThrow(message);
});
