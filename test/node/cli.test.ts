/** The command as a real process: its sources are bundled to a folder of its own, so `dist/` is not needed. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { FLAG_COMPRESSED } from "../../src/protocols/snapshot/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { SessionServer } from "./session_server.ts";

/** Where the flags stand in a frame (spec §1, §2). */
const FLAGS_AT = 11;
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

let folder: string;
let server: SessionServer;
let children: ChildProcess[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cli-"));
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/node/cli.ts"],
    outdir: join(folder, "dist/node"),
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    packages: "external",
    platform: "node",
    format: "esm",
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  children = [];
  server = new SessionServer();
  await server.listen();
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  server.close();
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
  /** Resolves when standard error holds the text. */
  said(text: string): Promise<void>;
}

function start(...args: string[]): Run {
  const child = spawn(process.execPath, [join(folder, "dist/node/cli.js"), ...args], {
    env: { ...process.env, XDG_STATE_HOME: join(folder, "state"), NO_COLOR: "" },
  });
  children.push(child);
  const text = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (text.out += chunk));
  child.stderr.on("data", (chunk) => (text.err += chunk));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...text }));
  });
  const said = (wanted: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (text.err.includes(wanted)) resolve();
      };
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`ended without saying ${wanted}: ${text.err}`)));
      look();
    });
  return { child, ended, said };
}

const run = (...args: string[]): Run["ended"] => start(...args).ended;

describe("help and usage", () => {
  test("the pages are on standard output, for people", async () => {
    for (const args of [["help"], ["--help"], ["-h"]]) {
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      expect(out).toContain("tidewire COMMAND");
    }
    const page = await run("help", "agent");
    expect(page.code).toBe(0);
    for (const flag of ["--server", "--outbox-bytes", "--once", "--redact", "Examples"])
      expect(page.out).toContain(flag);
    for (const line of page.out.split("\n")) expect(line.length).toBeLessThanOrEqual(130);
    expect((await run("agent", "--once", "--help")).out).toBe(page.out);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(await run("--version")).toMatchObject({ code: 0, out: `${version}\n`, err: "" });
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
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(text);
    expect(err).toContain("help");
  });
});

describe("--check", () => {
  test("a valid file", async () => {
    const path = join(folder, "good.json");
    writeFileSync(path, '{"interval": "1s", "redact": ["a"], "all": true}');
    const { code, out } = await run("agent", "--config", path, "--check", "--no-all");
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
    const path = join(folder, "bad.json");
    writeFileSync(path, text);
    const { code, err } = await run("agent", "--config", path, "--check");
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe("--dry-run", () => {
  test("prints the snapshot and its frame, and sends nothing", async () => {
    const { code, out } = await run("agent", "--dry-run", "--top", "3", "--server", server.address);
    expect(code).toBe(0);
    expect(out).toMatch(/^snapshot {3}[0-9a-f]{32}$/m);
    expect(out).toMatch(/^processes {2}3 of \d+/m);
    expect(out).toMatch(/^frame 1 of 1, \d+ bytes, not sent$/m);
    expect(server.events).toEqual([]);
  });

  test("its frames are what a server would decode", async () => {
    const { out } = await run("agent", "--dry-run", "--json", "--all", "--cmdline");
    const { snapshot, frames } = JSON.parse(out);
    const reader = SNAPSHOT_PROTOCOL.createReader({ compressor: undefined } as never);
    const rows = frames.map(({ hex }: { hex: string }) => reader.read(new Uint8Array(Buffer.from(hex, "hex"))));
    expect(rows.at(-1).payload).toEqual(snapshot);
    expect(rows[0].timestampUtcMs).toBeGreaterThanOrEqual(snapshot.windowEndMs);
    const own = snapshot.processes.find(({ cmdline }: { cmdline: string | null }) => cmdline?.includes("--dry-run"));
    expect(own).toBeDefined();
  });

  test("masks what it is told to", async () => {
    const { out } = await run("agent", "--dry-run", "--all", "--cmdline", "--redact", "--redact=dry-[a-z]+");
    // The pattern itself starts with dashes: it was taken for a forgotten value.
    expect(out).toBe("");
    const masked = await run("agent", "--dry-run", "--all", "--cmdline", "--redact", "dry-[a-z]+");
    expect(masked.out).toContain("--*** --all");
  });
});

describe("the agent's id", () => {
  test("is kept in the state folder", async () => {
    const dir = join(folder, "kept");
    await run("agent", "--dry-run", "--state-dir", dir);
    const id = readFileSync(join(dir, "agent-id"), "utf8").trim();
    const sent = await run("agent", "--once", "--server", server.address, "--state-dir", dir);
    expect(sent.code).toBe(0);
    expect(server.events[0]).toMatchObject({ type: "handshake", agentId: id });
  });

  test("is not asked for when one is given", async () => {
    const dir = join(folder, "unused");
    const { code } = await run("agent", "--once", "--server", server.address, "--state-dir", dir, "--agent-id", "é-1");
    expect(code).toBe(0);
    expect(server.events[0]).toMatchObject({ agentId: "é-1" });
    expect(existsSync(dir)).toBe(false);
  });

  test("a folder that can't be used says what to do", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, err } = await run("agent", "--dry-run", "--state-dir", join(folder, "file", "x"));
    expect(code).toBe(1);
    expect(err).toContain("--agent-id");
  });
});

describe("--once", () => {
  test("prints what was stored and ends with 0", async () => {
    const { code, out, err } = await run(
      "agent",
      "--once",
      "--json",
      "--top",
      "2",
      "--server",
      server.address,
      "--log",
      "json",
    );
    expect(code).toBe(0);
    const printed = JSON.parse(out);
    const [stored] = server.events.filter((event) => event.type === "snapshot");
    expect(printed.processes).toHaveLength(2);
    expect(printed.snapshotId).toBe(Buffer.from((stored as { snapshotId: Uint8Array }).snapshotId).toString("hex"));
    const lines = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const line = lines.find(({ event }) => event === "stored");
    expect(line).toMatchObject({ level: "info", snapshotId: printed.snapshotId, processes: 2 });
    expect(line.wireBytes).toBeGreaterThan(100);
    expect(line.latencyMs).toBeGreaterThan(0);
    expect(lines.map(({ event }) => event)).toEqual(["started", "connected", "draining", "stored", "finished"]);
  });

  test("ends with 1 when the server does not store", async () => {
    server.stores = false;
    const { code, out, err } = await run("agent", "--once", "--server", server.address, "--drain-timeout", "500ms");
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("did not say within 500ms that the snapshot is stored");
  });

  test("ends with 1 when nobody listens", async () => {
    server.close();
    const { code, err } = await run("agent", "--once", "--server", server.address, "--drain-timeout", "700ms");
    expect(code).toBe(1);
    expect(err).toContain("ECONNREFUSED");
  });
});

describe("a running agent", () => {
  const args = (...more: string[]): string[] => ["agent", "--server", server.address, "--interval", "100ms", ...more];

  test("sends at its pace, comes back after a cut, and loses nothing", async () => {
    const agent = start(...args("--log", "json"));
    await server.seen("snapshot", 3);
    server.cut();
    await agent.said('"disconnected"');
    await server.seen("handshake", 2);
    await server.seen("snapshot", 8);
    agent.child.kill("SIGTERM");
    const { code, err } = await agent.ended;
    expect(code).toBe(0);
    const finished = JSON.parse(err.trim().split("\n").at(-1)!);
    expect(finished).toMatchObject({ event: "finished", how: "drained", queued: 0, dropped: 0, connects: 2 });
    expect(finished.stored).toBe(finished.sampled);
    const ids = server.events.flatMap((event) => (event.type === "snapshot" ? [event.snapshotId.join()] : []));
    expect(new Set(ids).size).toBe(finished.sampled);
  });

  test("SIGTERM waits for what is on its way, within the bound, and says what is left", async () => {
    server.stores = false;
    const agent = start(...args("--drain-timeout", "600ms"));
    await server.seen("snapshot", 2);
    agent.child.kill("SIGTERM");
    const { code, err } = await agent.ended;
    expect(code).toBe(1);
    expect(err).toContain("draining");
    expect(err).toMatch(/finished how=timedOut queued=[1-9]/);
  });

  test("a second SIGINT forces", async () => {
    server.stores = false;
    const agent = start(...args("--drain-timeout", "10m"));
    await server.seen("snapshot", 1);
    agent.child.kill("SIGINT");
    await agent.said("draining");
    agent.child.kill("SIGINT");
    const { code, err } = await agent.ended;
    expect(code).toBe(1);
    expect(err).toContain("how=forced");
  });

  test("goes on when nobody reads its log any more", async () => {
    const agent = start(...args());
    await server.seen("snapshot", 1);
    agent.child.stderr!.destroy();
    const seen = server.events.length;
    await server.seen("snapshot", seen + 3);
    agent.child.kill("SIGTERM");
    expect((await agent.ended).code).toBe(0);
  });

  test("compresses when it is asked to and the server agrees, and not else", async () => {
    server.compressor = await zstdCompressor();
    const plain = start(...args());
    await plain.said("compression=none");
    plain.child.kill("SIGTERM");
    await plain.ended;
    const packed = start(...args("--compress"));
    await packed.said("compression=zstd");
    await packed.said(" stored ");
    packed.child.kill("SIGTERM");
    expect((await packed.ended).code).toBe(0);
    const frames = server.events.flatMap((event) => (event.type === "snapshot" ? [event.frames[0]!] : []));
    expect(frames[0]![FLAGS_AT]! & FLAG_COMPRESSED).toBe(0);
    expect(frames.at(-1)![FLAGS_AT]! & FLAG_COMPRESSED).toBe(FLAG_COMPRESSED);
  });
});
