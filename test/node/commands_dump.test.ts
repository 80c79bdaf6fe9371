import { createWriteStream, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeFrame, encodeSnapshot } from "../../src/protocols/snapshot/mod.ts";
import { VECTORS, vector } from "../inspect/vectors.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";

let command: BuiltCommand;
beforeAll(async () => {
  command = await buildCommand();
  for (const { name, bytes } of VECTORS) writeFileSync(join(command.folder, `${name}.tide`), bytes);
});
afterAll(() => command.remove());

const linesOf = (text: string): string[] => text.trimEnd().split("\n");

describe("tidewire dump --json", () => {
  it("prints the rows of every vector, and nothing else", async () => {
    for (const { name, rows } of VECTORS) {
      const { code, stdout, stderr } = await command.run(["dump", "--json", `${name}.tide`]);
      expect(linesOf(stdout).map((line) => JSON.parse(line))).toEqual(rows);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    }
  });

  it("writes keys in the order of the vectors, and integers of any size bare and exact", async () => {
    const snapshotId = new Uint8Array(16);
    const content = encodeSnapshot({
      snapshotId,
      windowStartMs: -(2n ** 62n),
      windowEndMs: 2n ** 62n + 1n,
      cpuTotalPct: 0.1,
      selection: 0,
      memUsedBytes: 2n ** 64n - 1n,
      memTotalBytes: 2n ** 64n - 1n,
      processTotal: 1,
      processes: [{ pid: 1, name: "p", cpuPct: 0, rssBytes: 2n ** 53n + 1n, cmdline: "a\u009b2J\u202e" }],
      extensions: [],
    });
    const frame = encodeFrame(
      {
        version: { major: 1, minor: 0 },
        type: "snapshot",
        flags: 0,
        platform: 2,
        messageId: snapshotId,
        timestampUtcMs: 1,
        agentId: "a",
        extensions: [],
      },
      content,
    );
    const { stdout } = await command.run(["dump", "--json", "-"], { stdin: frame });
    const zeros = "0".repeat(32);
    expect(stdout).toBe(
      `{"offset":0,"version":"1.0","type":"snapshot","flags":0,"platform":2,"messageId":"${zeros}","timestampUtcMs":1,` +
        `"agentId":"a","envelopeExtensions":[],"payload":{"snapshotId":"${zeros}","windowStartMs":-4611686018427387904,` +
        `"windowEndMs":4611686018427387905,"cpuTotalPct":0.10000000149011612,"selection":0,` +
        `"memUsedBytes":18446744073709551615,"memTotalBytes":18446744073709551615,"processTotal":1,` +
        `"processes":[{"pid":1,"name":"p","cpuPct":0,"rssBytes":9007199254740993,"cmdline":"a\\u009b2J\\u202e"}],` +
        `"extensions":[]}}\n`,
    );
  });

  it("puts the file in front when there are several", async () => {
    const { stdout } = await command.run(["dump", "--json", "heartbeat.tide", "bad_length_small.tide"]);
    const [first, second] = linesOf(stdout);
    expect(first).toMatch(/^\{"file":"heartbeat.tide","offset":0,"version":/);
    expect(second).toBe('{"file":"bad_length_small.tide","offset":0,"error":"FRAME_MALFORMED"}');
  });
});

/** A handshake, a snapshot, a bad frame, a frame that can't be decoded, the first part of a snapshot, a torn tail. */
function damagedCapture(): Uint8Array {
  const { bytes, rows } = vector("snapshot_segmented");
  return Buffer.concat([
    vector("handshake").bytes,
    vector("snapshot_unicode").bytes,
    vector("bad_crc").bytes,
    vector("bad_nan").bytes,
    bytes.subarray(0, rows[1]!.offset),
    vector("ack_refused").bytes.subarray(0, 50),
  ]);
}

const DAMAGED_TEXT = `damaged.tide

            2026-01-01 UTC
         0  00:00:00.123  handshake     agent-01       86 B  speaks 1.0 to 1.3, agent 1.4.2 on db-1.example (Linux 6.1), can all processes, zstd, command lines
        86  00:00:11.000  snapshot      agent-01    2.6 KiB  cpu 64.0 %, memory 19.6 GiB of 23.3 GiB (84.2 %), 40 processes
            snapshot af35cb0b…2b45, 10 s up to 2026-01-12 13:16:38.751 UTC, all processes with command lines
                PID   CPU %       RSS  NAME
            3193649    99.5   1.8 GiB  監視  /usr/bin/監視 --id=827743 xxxxxxxxxxxxxxxxxxxxxxxxx
            3997371    82.4  48.0 GiB  chrome
            1533393    77.5  33.8 GiB  監視
             781893    64.5  59.5 GiB  監視  /usr/bin/監視 --id=151872 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            1763495    53.3  32.3 GiB  e\u0301  /usr/bin/e\u0301 --id=128648 xxxxxxxxxxxxxxxxx
                  …  35 more
      2765  !! CRC_MISMATCH
            found crc 0x93ca75da over 6194 bytes, expected the stored 0xab860662
            skipped 6,194 bytes, 2765 to 8959, where its length says that it ends; reading went on there
      8959  00:00:00.123  heartbeat     agent-01       61 B  3 queued, 12,345,678,901 dropped
      9020  !! PAYLOAD_MALFORMED
            found cpuTotalPct NaN, expected 0 to 100
            the frame is whole (801 bytes, 9020 to 9821); reading went on behind it
      9821  00:00:11.000  snapshot      agent-01   64.1 KiB  part 1/4 of 6494ba46…4974, 64.0 KiB
     75434  !! TRUNCATED
            found 50 bytes of a frame, expected the rest of it
            skipped 50 bytes, 75434 to 75484, the end: no good frame follows

size      75,484 bytes (73.7 KiB), 4 frames, 1 whole snapshot
frames    1 handshake, 2 snapshot, 1 heartbeat
agents    1: agent-01
sent      2026-01-01 00:00:00.123 to 2026-01-01 00:00:11.000 UTC, 10.9 s
problems  1 CRC_MISMATCH, 1 PAYLOAD_MALFORMED, 1 TRUNCATED (7,045 bytes), 1 incomplete snapshot: tidewire check says more

`;

describe("tidewire dump", () => {
  it("is made to be read", async () => {
    writeFileSync(join(command.folder, "damaged.tide"), damagedCapture());
    const { code, stdout, stderr } = await command.run(["dump", "damaged.tide"]);
    expect(stdout).toBe(DAMAGED_TEXT);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("reads standard input like a file", async () => {
    const { stdout } = await command.run(["dump", "-"], { stdin: damagedCapture() });
    expect(stdout).toBe(DAMAGED_TEXT.replace("damaged.tide", "standard input"));
  });

  it("says of an empty capture that it is empty", async () => {
    const { code, stdout } = await command.run(["dump", "-"], { stdin: new Uint8Array(0) });
    expect(stdout).toBe("standard input\n\n\nsize      0 bytes (0 B), 0 frames, 0 whole snapshots\nproblems  none\n\n");
    expect(code).toBe(0);
  });

  it("ends quietly when its reader has seen enough", async () => {
    const path = join(command.folder, "long.tide");
    const file = createWriteStream(path);
    for (let i = 0; i < 40; i++) file.write(vector("stream").bytes);
    await new Promise<void>((resolve) => file.end(resolve));
    const { stdout, stderr } = await command.shell(
      '{ tidewire dump --json long.tide; echo "exit $?" >&2; } | head -n 3',
    );
    expect(linesOf(stdout)).toHaveLength(3);
    expect(stderr).toBe("exit 0\n");
  });

  it("goes on with the other files when one can't be read, and fails", async () => {
    const { code, stdout, stderr } = await command.run(["dump", "--json", "missing.tide", "heartbeat.tide", "."]);
    expect(linesOf(stdout)).toHaveLength(1);
    expect(stderr).toBe(
      "tidewire: can't read missing.tide: there is no such file; check the name\n" +
        "tidewire: can't read .: it is a folder; name the .tide files in it\n",
    );
    expect(code).toBe(1);
  });

  it("refuses what is typed wrong", async () => {
    const cases: [args: string[], text: string][] = [
      [[], "no FILE was given"],
      [["-", "-"], "only once"],
      [["heartbeat.tide", "--protocol", "snapshto"], "did you mean snapshot?"],
      [["heartbeat.tide", "--jsno"], "did you mean --json?"],
    ];
    for (const [args, text] of cases) {
      const { code, stdout, stderr } = await command.run(["dump", ...args]);
      expect(stderr).toContain(text);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    }
  });
});

describe("tidewire check", () => {
  it("finds nothing in good captures and exits 0", async () => {
    const names = readdirSync(command.folder).filter((name) => name.startsWith("snapshot_"));
    const { code, stdout, stderr } = await command.run(["check", ...names]);
    expect(linesOf(stdout)).toHaveLength(names.length);
    expect(stdout.match(/nothing wrong/g)).toHaveLength(names.length);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("exits 3 for every bad vector, and names the error", async () => {
    for (const { name, rows } of VECTORS.filter(({ name }) => name.startsWith("bad_"))) {
      const { code, stdout } = await command.run(["check", `${name}.tide`, "--json"]);
      const found = linesOf(stdout).map((line) => JSON.parse(line));
      expect(found.filter(({ error }) => error).map(({ offset, error }) => ({ offset, error }))).toEqual(
        rows.filter(({ error }) => error),
      );
      expect(found.at(-1)).toMatchObject({ file: `${name}.tide`, findings: found.length - 1 });
      expect(code).toBe(3);
    }
  });

  it("says what is wrong, where, and what single frames don't show", async () => {
    const { bytes } = vector("snapshot_segmented");
    const stream = vector("snapshot_top100").bytes;
    writeFileSync(join(command.folder, "worse.tide"), Buffer.concat([damagedCapture(), stream, stream, bytes, bytes]));
    const { code, stdout } = await command.run(["check", "worse.tide", "heartbeat.tide"]);
    expect(code).toBe(3);
    expect(stdout).toBe(`worse.tide
      2765  !! CRC_MISMATCH
            found crc 0x93ca75da over 6194 bytes, expected the stored 0xab860662
            skipped 6,194 bytes, 2765 to 8959, where its length says that it ends; reading went on there
      9020  !! PAYLOAD_MALFORMED
            found cpuTotalPct NaN, expected 0 to 100
            the frame is whole (801 bytes, 9020 to 9821); reading went on behind it
     75434  !! CRC_MISMATCH
            found crc 0x6e28bafe over 98 bytes, expected the stored 0x8c2dfc5d
            skipped 50 bytes, 75434 to 75484, where the next good frame starts
     81678  !! DUPLICATE_SNAPSHOT
            snapshot e71605d74801550309976e18f4977b17 of agent-01 once more; it is whole at 75484
    330622  !! DUPLICATE_SNAPSHOT
            snapshot 6494ba46de1a91e9a217b30d17a64974 of agent-01 once more; it is whole at 284711
worse.tide: 5 problems (14 frames, 5 snapshots, 573,372 bytes)
heartbeat.tide: nothing wrong (1 frame, 0 snapshots, 61 bytes)
`);
  });

  it("names the parts that are missing", async () => {
    const { bytes, rows } = vector("snapshot_segmented");
    const { stdout } = await command.run(["check", "-", "--json"], { stdin: bytes.subarray(rows[2]!.offset) });
    expect(JSON.parse(linesOf(stdout)[0]!)).toEqual({
      file: "-",
      offset: 0,
      error: "INCOMPLETE_SNAPSHOT",
      detail: "snapshot 6494ba46de1a91e9a217b30d17a64974 of agent-01 has 2 parts; missing: parts 1 to 2 of 4",
    });
  });

  it("fails with 1 when a file can't be read, whatever the others hold", async () => {
    expect((await command.run(["check", "bad_crc.tide", "missing.tide"])).code).toBe(1);
  });
});
