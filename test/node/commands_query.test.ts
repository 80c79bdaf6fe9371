import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { printable } from "../../src/inspect/mod.ts";
import { storeFileName } from "../../src/inspect/store_file_name.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";
import { processOf, storedFrame } from "./stored_frames.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);

let command: BuiltCommand;
let dir: string;

/** A store of two files of an hour each, with two agents and a snapshot a minute of each. */
beforeAll(async () => {
  command = await buildCommand();
  dir = join(command.folder, "store");
  mkdirSync(dir);
  for (const hour of [0, 1]) {
    const frames: Uint8Array[] = [];
    for (let minute = 0; minute < 60; minute++) {
      const atMs = START_MS + hour * HOUR_MS + minute * 60_000;
      const processes = [processOf(7, "busy", 10 + minute, "busy --secret=1"), processOf(9, '=cmd,"x"', 1)];
      for (const agentId of ["db-1", "web-1"])
        frames.push(storedFrame({ agentId, atMs, processes, cpuTotalPct: minute }));
    }
    const path = join(dir, storeFileName(START_MS + hour * HOUR_MS, hour + 1));
    writeFileSync(path, Buffer.concat(frames));
    const endSeconds = (START_MS + (hour + 1) * HOUR_MS) / 1_000;
    utimesSync(path, endSeconds, endSeconds);
  }
});
afterAll(() => command.remove());

const query = (...args: string[]) => command.run(["query", ...args]);

it("CSV: a header, a row a process, in the order of the store; of one agent, between two times", async () => {
  const since = new Date(START_MS + 58 * 60_000).toISOString();
  const until = new Date(START_MS + 61 * 60_000).toISOString();
  const { code, stdout, stderr } = await query(dir, "--agent", "db-1", "--since", since, "--until", until, "--csv");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toBe(
    [
      "time,agentId,rank,pid,name,cpuPct,rssBytes,memPct,cmdline",
      "2026-01-01T00:58:00.000Z,db-1,1,7,busy,68,7340032,0.171,busy --secret=1",
      '2026-01-01T00:58:00.000Z,db-1,2,9,"\'=cmd,""x""",1,9437184,0.22,',
      "2026-01-01T00:59:00.000Z,db-1,1,7,busy,69,7340032,0.171,busy --secret=1",
      '2026-01-01T00:59:00.000Z,db-1,2,9,"\'=cmd,""x""",1,9437184,0.22,',
      "2026-01-01T01:00:00.000Z,db-1,1,7,busy,10,7340032,0.171,busy --secret=1",
      '2026-01-01T01:00:00.000Z,db-1,2,9,"\'=cmd,""x""",1,9437184,0.22,',
      "",
    ].join("\n"),
  );
});

it("JSON: every text as it is; --process looks at names and command lines", async () => {
  const { stdout } = await query(dir, "--process", "^=cmd", "--fields", "agentId,name,cmdline", "--json");
  const rows = stdout.trimEnd().split("\n");
  expect(rows.length).toBe(240);
  expect(JSON.parse(rows[0]!)).toEqual({ agentId: "db-1", name: '=cmd,"x"', cmdline: null });
  const secrets = await query(dir, "--process", "secret", "--fields", "pid", "--csv");
  expect(secrets.stdout.trimEnd().split("\n").length).toBe(241);
});

it("without a field of a process there is one row a snapshot", async () => {
  const { stdout } = await query(dir, "--agent", "web-1", "--fields", "time,cpuTotalPct", "--csv");
  const lines = stdout.trimEnd().split("\n");
  expect(lines.length).toBe(121);
  expect(lines.slice(0, 3)).toEqual(["time,cpuTotalPct", "2026-01-01T00:00:00.000Z,0", "2026-01-01T00:01:00.000Z,1"]);
});

it("passes over files that ended before --since, and over no other", async () => {
  const bad = join(command.folder, "bad-first");
  mkdirSync(bad);
  const first = join(bad, storeFileName(START_MS, 1));
  writeFileSync(first, "this is no capture");
  const endSeconds = (START_MS + HOUR_MS) / 1_000;
  utimesSync(first, endSeconds, endSeconds);
  // It came in an hour after it was taken: an agent had kept it.
  const late = storedFrame({ agentId: "a", atMs: START_MS + HOUR_MS / 2, processes: [processOf(1, "p", 1)] });
  writeFileSync(join(bad, storeFileName(START_MS + HOUR_MS, 2)), late);
  const later = await query(bad, "--since", "2026-01-01T02:00Z", "--fields", "time", "--csv");
  expect(later).toEqual({ code: 0, stdout: "time\n", stderr: "" });
  const early = await query(bad, "--until", "2026-01-01T00:45Z", "--fields", "time", "--csv");
  expect(early.code).toBe(3);
  expect(early.stdout).toBe("time\n2026-01-01T00:30:00.000Z\n");
  expect(early.stderr).toContain("1 place can't be decoded; tidewire check says where");
});

it("a table for people, with nothing in it that moves a cursor", async () => {
  const frame = storedFrame({ agentId: "evil", atMs: START_MS, processes: [processOf(1, "\u001b[2Jx\u202e", 99)] });
  const { stdout } = await command.run(["query", "-"], { stdin: frame });
  expect(stdout).toMatch(
    /^TIME \(UTC\) +AGENT +# +PID +NAME +CPU% +RSS +MEM% +COMMAND\n2026-01-01 00:00:00\.000 +evil +1 +1 +\\u\{1b\}\[2Jx/,
  );
  for (const line of stdout.trimEnd().split("\n")) expect(printable(line)).toBe(line);
});

it("a store that is being written to ends in the middle of a frame, and that is no damage", async () => {
  const file = join(command.folder, "growing.tide");
  const frame = storedFrame({ agentId: "a", atMs: START_MS, processes: [] });
  writeFileSync(file, Buffer.concat([frame, frame.subarray(0, 50)]));
  expect(await query(file, "--fields", "agentId", "--csv")).toEqual({ code: 0, stdout: "agentId\na\n", stderr: "" });
});

it("reads 120 MB in a heap of 24 MB, and stops when nobody reads on", async () => {
  const big = join(command.folder, "big.tide");
  const processes = Array.from({ length: 200 }, (_, i) => processOf(i + 1, `process-${i}`, 50 - i / 10));
  const frame = storedFrame({ agentId: "a", atMs: START_MS, processes });
  const chunk = Buffer.concat(Array.from({ length: 1_000 }, () => frame));
  writeFileSync(big, Buffer.concat(Array.from({ length: Math.ceil(120e6 / chunk.length) }, () => chunk)));
  const env = { NODE_OPTIONS: "--max-old-space-size=24" };
  const all = await command.run(["query", big, "--process", "^process-7$", "--fields", "pid", "--csv"], { env });
  expect(all.stderr).toBe("");
  expect(all.stdout.length).toBeGreaterThan(20_000);
  const head = await command.shell("tidewire query big.tide --json | head -2");
  expect(head.stdout.trimEnd().split("\n").length).toBe(2);
}, 60_000);

it.each([
  [["query"], "no DIR was given"],
  [["query", "a", "b"], "found b behind a"],
  [["query", "a", "--json", "--csv"], "only one of them"],
  [["query", "a", "--since", "yesterday"], "--since: found yesterday, expected a time such as"],
  [["query", "a", "--since", "now", "--until", "-1h"], "--since is not before --until"],
  [["query", "a", "--process", "("], "expected a regular expression"],
  [["query", "a", "--fields", "pid,nmae"], "--fields: found nmae, expected some of time"],
])("%j is wrong, and it is said how", async (args, message) => {
  const { code, stdout, stderr } = await command.run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});

it("a place that is not there fails", async () => {
  const { code, stderr } = await query(join(command.folder, "nowhere"));
  expect(code).toBe(1);
  expect(stderr).toContain("can't read");
});
