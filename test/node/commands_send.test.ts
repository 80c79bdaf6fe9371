import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodeFrame, encodeSnapshot } from "../../src/protocols/snapshot/mod.ts";
import { compressor, readCapture, rowsOf } from "../inspect/read_capture.ts";
import { vector } from "../inspect/vectors.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";
import { type SnapshotServer, startServer } from "./snapshot_server.ts";

let command: BuiltCommand;
let server: SnapshotServer;
beforeAll(async () => {
  command = await buildCommand();
});
afterAll(() => command.remove());
afterEach(() => server?.close());

function capture(name: string, ...pieces: readonly Uint8Array[]): string {
  const path = join(command.folder, name);
  writeFileSync(path, Buffer.concat(pieces));
  return path;
}

/** One whole snapshot frame of an agent, with a snapshot id that begins with `serial`. */
function frameOf(agentId: string, serial: number): Uint8Array {
  const snapshotId = new Uint8Array(16);
  new DataView(snapshotId.buffer).setUint32(0, serial);
  const envelope = {
    version: { major: 1, minor: 0 },
    type: "snapshot",
    flags: 0,
    platform: 1,
    messageId: snapshotId,
    timestampUtcMs: 1,
    agentId,
    extensions: [],
  } as const;
  const content = encodeSnapshot({
    snapshotId,
    windowStartMs: 0,
    windowEndMs: serial,
    cpuTotalPct: 1,
    selection: 0,
    memUsedBytes: 1,
    memTotalBytes: 2n ** 63n,
    processTotal: 1,
    processes: [{ pid: serial, name: "p", cpuPct: 1, rssBytes: 2n ** 62n, cmdline: null }],
    extensions: [{ tag: 70, bytes: Uint8Array.of(1, 2, 3) }],
  });
  return encodeFrame(envelope, content);
}

const payloadsOf = (bytes: Uint8Array): unknown[] =>
  rowsOf(readCapture(bytes)).flatMap((row) =>
    "payload" in row && "snapshotId" in (row.payload as object) ? [row.payload] : [],
  );

const storedBytes = (from: SnapshotServer): Uint8Array =>
  new Uint8Array(Buffer.concat([...from.stored.values()].flat()));

describe("tidewire send", () => {
  it("stores every snapshot of a capture, whole and in parts, field by field", async () => {
    server = await startServer({ compressor });
    const names = ["stream", "snapshot_segmented_zstd", "snapshot_unicode", "snapshot_zstd", "snapshot_empty"];
    const pieces = names.map((name) => vector(name).bytes);
    const file = capture("many.tide", ...pieces);
    const { code, stdout, stderr } = await command.run(["send", file, "--server", server.address]);
    expect(stderr).toBe("");
    expect(stdout).toBe(`all of 6 snapshots stored at ${server.address}\n`);
    expect(code).toBe(0);
    expect(payloadsOf(storedBytes(server))).toEqual(payloadsOf(Buffer.concat(pieces)));
  });

  it("stores nothing twice when it is run twice", async () => {
    server = await startServer();
    const file = capture("twice.tide", vector("stream").bytes);
    // The second time every frame is one: a whole snapshot and four parts.
    for (const duplicates of [0, 5]) {
      const { code, stdout } = await command.run(["send", file, "--server", server.address, "--json"]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ snapshots: 2, stored: 2, refused: 0, unanswered: 0 });
      expect(server.stored.size).toBe(2);
      expect(server.duplicates).toBe(duplicates);
    }
  });

  it("gives each agent a session of its own, or all the one id that was asked for", async () => {
    server = await startServer();
    const agents = Array.from({ length: 40 }, (_, i) => `agent-${i}`);
    const frames = [1, 2, 3].flatMap((round) => agents.map((agentId, i) => frameOf(agentId, round * 100 + i)));
    const file = capture("fleet.tide", ...frames);
    const own = await command.run(["send", file, "--server", server.address]);
    expect(own.stdout).toBe(`all of 120 snapshots stored at ${server.address}\n`);
    expect(new Set([...server.stored.keys()].map((key) => key.split(" ")[0]))).toEqual(new Set(agents));
    // More agents than sessions at a time: some come back on a second connection.
    expect(server.peakConnections).toBeLessThanOrEqual(33);
    server.stored.clear();
    const one = await command.run(["send", file, "--server", server.address, "--agent-id", "replay"]);
    expect(one.code).toBe(0);
    expect([...server.stored.keys()].every((key) => key.startsWith("replay "))).toBe(true);
    expect(server.stored.size).toBe(120);
    // In the order of the capture.
    expect(payloadsOf(storedBytes(server))).toEqual(payloadsOf(new Uint8Array(readFileSync(file))));
  });

  it("goes on after the connection was cut", async () => {
    server = await startServer();
    let cuts = 2;
    server.verdict = () => (cuts-- > 0 ? "hangUp" : "store");
    const file = capture("cut.tide", frameOf("a", 1), frameOf("a", 2), frameOf("a", 3));
    const { code, stdout } = await command.run(["send", file, "--server", server.address]);
    expect(stdout).toBe(`all of 3 snapshots stored at ${server.address}\n`);
    expect(code).toBe(0);
    expect(server.stored.size).toBe(3);
  });

  it("says what was refused, and fails", async () => {
    server = await startServer();
    server.verdict = (_, snapshotId) => (snapshotId.startsWith("00000002") ? "refuse" : "store");
    const file = capture("refused.tide", frameOf("a", 1), frameOf("a", 2), frameOf("a", 3));
    const { code, stdout } = await command.run(["send", file, "--server", server.address]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      `2 of 3 snapshots stored at ${server.address}\n  1 refused:\n    00000002${"0".repeat(24)} of a: STORE_FAILED, not wanted\n`,
    );
    expect(server.stored.size).toBe(2);
  });

  it("gives up what is never answered", async () => {
    server = await startServer();
    server.verdict = () => "ignore";
    const file = capture("ignored.tide", frameOf("a", 1));
    const { code, stdout } = await command.run(["send", file, "--server", server.address, "--timeout", "200ms"]);
    expect(code).toBe(1);
    expect(stdout).toContain("0 of 1 snapshot stored");
    expect(stdout).toContain("1 not answered");
  });

  it("gives up where nobody listens, and says so", async () => {
    server = await startServer();
    await server.close();
    const file = capture("nobody.tide", frameOf("a", 1), frameOf("b", 2));
    const { code, stdout } = await command.run(["send", file, "--server", server.address, "--timeout", "300ms"]);
    expect(code).toBe(1);
    expect(stdout).toContain("2 not answered: connect ECONNREFUSED");
  });

  it("sends what it can of a damaged capture, and fails", async () => {
    server = await startServer();
    const { bytes, rows } = vector("snapshot_segmented");
    const file = capture(
      "damaged.tide",
      frameOf("a", 1),
      bytes.subarray(0, rows[1]!.offset),
      Uint8Array.of(1, 2, 3),
      frameOf("a", 2),
    );
    const { code, stdout } = await command.run(["send", file, "--server", server.address]);
    expect(code).toBe(1);
    expect(stdout).toBe(`all of 2 snapshots stored at ${server.address}
  1 place of the captures can't be decoded and was not sent
  1 snapshot of which parts are missing: not sent
  tidewire check FILE says where
`);
  });

  it("takes the pace that the server asks for, up to the time-out", async () => {
    server = await startServer();
    server.throttleDelayMs = 3_600_000;
    const file = capture("slow.tide", frameOf("a", 1), frameOf("a", 2));
    const { code, stdout } = await command.run(["send", file, "--server", server.address, "--timeout", "300ms"]);
    expect(code).toBe(1);
    expect(server.stored.size).toBe(1);
    expect(stdout).toContain("1 not answered: the server asks for a slower pace");
    server.throttleDelayMs = 20;
    expect((await command.run(["send", file, "--server", server.address])).code).toBe(0);
    expect(server.stored.size).toBe(2);
  });

  it("refuses plaintext to another machine unless it is told to, and what is typed wrong", async () => {
    const file = capture("usage.tide", frameOf("a", 1));
    const cases: [args: string[], text: string][] = [
      [["--server", "192.0.2.1:7400"], "which is not this machine"],
      [[], "--server HOST:PORT is missing"],
      [["--server", "localhost"], "expected host:port"],
      [["--server", "127.0.0.1:1", "--timeout", "5"], "such as 500ms"],
      [["--server", "127.0.0.1:1", "--agent-id", ""], "1 to 128 bytes"],
      [["--servr", "127.0.0.1:1"], "did you mean --server?"],
    ];
    for (const [args, text] of cases) {
      const { code, stderr } = await command.run(["send", file, ...args]);
      expect(stderr).toContain(text);
      expect(code).toBe(2);
    }
  });
});
