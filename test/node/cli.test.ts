import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { CliProcess, ROOT } from "./cli_process.ts";
import { SessionServer } from "./session_server.ts";

const cli = new CliProcess();
let server: SessionServer;

beforeAll(() => cli.build());

afterAll(() => cli.remove());

beforeEach(async () => {
  server = new SessionServer();
  await server.listen();
});

afterEach(() => {
  cli.killAll();
  server.close();
});

describe("help and usage", () => {
  test("the pages are on standard output, for people", async () => {
    for (const args of [["help"], ["--help"], ["-h"]]) {
      const { code, out } = await cli.run(...args);
      expect(code).toBe(0);
      expect(out).toContain("tidewire COMMAND");
    }
    const page = await cli.run("help", "agent");
    expect(page.code).toBe(0);
    for (const flag of ["--server", "--outbox-bytes", "--once", "--redact", "Examples"])
      expect(page.out).toContain(flag);
    for (const line of page.out.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
    expect((await cli.run("agent", "--once", "--help")).out).toBe(page.out);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(await cli.run("--version")).toMatchObject({ code: 0, out: `${version}\n`, err: "" });
  });

  test.each([
    [[], "tidewire COMMAND"],
    [["agnet"], "unknown command agnet; did you mean agent?"],
    [["help", "agnet"], "did you mean agent?"],
    [["agent", "--sever", "x"], "did you mean --server?"],
    [["agent", "extra"], "found extra"],
    [["agent", "--json"], "--json needs"],
    [["agent", "--interval", "10"], "--interval: found"],
    [["agent", "--server", "192.0.2.1:7400"], "--insecure-plaintext"],
    [["agent", "--config", "/does/not/exist"], "--config /does/not/exist"],
  ])("%j ends with 2 and says what to do", async (args, text) => {
    const { code, out, err } = await cli.run(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(text);
    expect(err).toContain("help");
  });
});

describe("--check", () => {
  test("a valid file", async () => {
    const path = join(cli.folder, "good.json");
    writeFileSync(path, '{"interval": "1s", "redact": ["a"], "all": true}');
    const { code, out } = await cli.run("agent", "--config", path, "--check", "--no-all");
    expect(code).toBe(0);
    expect(out).toContain('"intervalMs":1000');
    expect(out).toContain('"all":false');
  });

  test.each([
    ['{"intervall": "1s"}', "did you mean interval?"],
    ['{"top": 0, "interval": 3}', "interval (configuration file): found 3"],
    ['{"top": ', "--config"],
    ["[]", "expected a JSON object"],
    [`"${"x".repeat(70_000)}"`, "expected at most 65536"],
  ])("a wrong file is named by key", async (text, message) => {
    const path = join(cli.folder, "bad.json");
    writeFileSync(path, text);
    const { code, err } = await cli.run("agent", "--config", path, "--check");
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("--dry-run", () => {
  test("prints the snapshot and its frame, and sends nothing", async () => {
    const { code, out } = await cli.run("agent", "--dry-run", "--top", "3", "--server", server.address);
    expect(code).toBe(0);
    expect(out).toMatch(/^snapshot {3}[0-9a-f]{32}$/m);
    expect(out).toMatch(/^processes {2}3 of \d+/m);
    expect(out).toMatch(/^frame 1 of 1, \d+ bytes, not sent$/m);
    expect(server.events).toEqual([]);
  });

  test("its frames are what a server would decode", async () => {
    const { out } = await cli.run("agent", "--dry-run", "--json", "--all", "--cmdline");
    const { snapshot, frames } = JSON.parse(out);
    const reader = SNAPSHOT_PROTOCOL.createReader({ compressor: undefined } as never);
    const rows = frames.map(({ hex }: { hex: string }) => reader.read(new Uint8Array(Buffer.from(hex, "hex"))));
    expect(rows.at(-1).payload).toEqual(snapshot);
    expect(rows[0].timestampUtcMs).toBeGreaterThanOrEqual(snapshot.windowEndMs);
    const own = snapshot.processes.find(({ cmdline }: { cmdline: string | null }) => cmdline?.includes("--dry-run"));
    expect(own).toBeDefined();
  });

  test("masks what it is told to", async () => {
    const { out } = await cli.run("agent", "--dry-run", "--all", "--cmdline", "--redact", "--redact=dry-[a-z]+");
    // The pattern itself starts with dashes: it was taken for a forgotten value.
    expect(out).toBe("");
    const masked = await cli.run("agent", "--dry-run", "--all", "--cmdline", "--redact", "dry-[a-z]+");
    expect(masked.out).toContain("--*** --all");
  });
});
