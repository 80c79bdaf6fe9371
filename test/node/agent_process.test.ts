import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { FLAG_COMPRESSED } from "../../src/protocols/snapshot/mod.ts";
import { CliProcess } from "./cli_process.ts";
import { SessionServer } from "./session_server.ts";

/** Where the flags stand in a frame (spec §1, §2). */
const FLAGS_AT = 11;

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

describe("the agent's id", () => {
  test("is kept in the state folder", async () => {
    const dir = join(cli.folder, "kept");
    await cli.run("agent", "--dry-run", "--state-dir", dir);
    const id = readFileSync(join(dir, "agent-id"), "utf8").trim();
    const sent = await cli.run("agent", "--once", "--server", server.address, "--state-dir", dir);
    expect(sent.code).toBe(0);
    expect(server.events[0]).toMatchObject({ type: "handshake", agentId: id });
  });

  test("is not asked for when one is given", async () => {
    const dir = join(cli.folder, "unused");
    const { code } = await cli.run(
      "agent",
      "--once",
      "--server",
      server.address,
      "--state-dir",
      dir,
      "--agent-id",
      "é-1",
    );
    expect(code).toBe(0);
    expect(server.events[0]).toMatchObject({ agentId: "é-1" });
    expect(existsSync(dir)).toBe(false);
  });

  test("a folder that can't be used says what to do", async () => {
    writeFileSync(join(cli.folder, "file"), "");
    const { code, err } = await cli.run("agent", "--dry-run", "--state-dir", join(cli.folder, "file", "x"));
    expect(code).toBe(1);
    expect(err).toContain("--agent-id");
  });
});

describe("--once", () => {
  test("prints what was stored and ends with 0", async () => {
    const { code, out, err } = await cli.run(
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
    const { code, out, err } = await cli.run("agent", "--once", "--server", server.address, "--drain-timeout", "500ms");
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("did not say within 500ms that the snapshot is stored");
  });

  test("ends with 1 when nobody listens", async () => {
    server.close();
    const { code, err } = await cli.run("agent", "--once", "--server", server.address, "--drain-timeout", "700ms");
    expect(code).toBe(1);
    expect(err).toContain("ECONNREFUSED");
  });
});

describe("a running agent", () => {
  const args = (...more: string[]): string[] => ["agent", "--server", server.address, "--interval", "100ms", ...more];

  test("sends at its pace, comes back after a cut, and loses nothing", async () => {
    const agent = cli.start(...args("--log", "json"));
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
    const agent = cli.start(...args("--drain-timeout", "600ms", "--spool", "off"));
    await server.seen("snapshot", 2);
    agent.child.kill("SIGTERM");
    const { code, err } = await agent.ended;
    expect(code).toBe(1);
    expect(err).toContain("draining");
    expect(err).toMatch(/finished how=timedOut queued=[1-9]/);
  });

  test("a second SIGINT forces", async () => {
    server.stores = false;
    const agent = cli.start(...args("--drain-timeout", "10m", "--spool", "off"));
    await server.seen("snapshot", 1);
    agent.child.kill("SIGINT");
    await agent.said("draining");
    agent.child.kill("SIGINT");
    const { code, err } = await agent.ended;
    expect(code).toBe(1);
    expect(err).toContain("how=forced");
  });

  test("goes on when nobody reads its log any more", async () => {
    const agent = cli.start(...args());
    await server.seen("snapshot", 1);
    agent.child.stderr!.destroy();
    const seen = server.events.length;
    await server.seen("snapshot", seen + 3);
    agent.child.kill("SIGTERM");
    expect((await agent.ended).code).toBe(0);
  });

  test("compresses when it is asked to and the server agrees, and not else", async () => {
    server.compressor = await zstdCompressor();
    const plain = cli.start(...args());
    await plain.said("compression=none");
    await plain.said(" stored ");
    plain.child.kill("SIGTERM");
    await plain.ended;
    const packed = cli.start(...args("--compress"));
    await packed.said("compression=zstd");
    await packed.said(" stored ");
    packed.child.kill("SIGTERM");
    expect((await packed.ended).code).toBe(0);
    const frames = server.events.flatMap((event) => (event.type === "snapshot" ? [event.frames[0]!] : []));
    expect(frames[0]![FLAGS_AT]! & FLAG_COMPRESSED).toBe(0);
    expect(frames.at(-1)![FLAGS_AT]! & FLAG_COMPRESSED).toBe(FLAG_COMPRESSED);
  });
});
