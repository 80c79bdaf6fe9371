import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asTruth, CORRUPT_CAPTURES } from "../inspect/corrupt_captures.ts";
import { vector } from "../inspect/vectors.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));

let command: BuiltCommand;
beforeAll(async () => {
  command = await buildCommand();
});
afterAll(() => command.remove());

async function rowsOf(args: readonly string[], stdin?: Uint8Array): Promise<unknown[]> {
  const { code, stdout, stderr } = await command.run(["dump", "--json", ...args], stdin === undefined ? {} : { stdin });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("tidewire dump recognises", () => {
  const demo = join(fixtures, "snapshot_demo");
  const names = readdirSync(demo).filter((name) => name.endsWith(".tide"));

  it("files of the earlier demo", async () => {
    expect(names.length).toBeGreaterThan(9);
    for (const name of names) {
      const rows = JSON.parse(readFileSync(join(demo, name.replace(".tide", ".json")), "utf8"));
      // A file in which nothing is right may be anything: there one has to say what it is.
      const isBad = rows.every((row: { error?: string }) => row.error !== undefined);
      const how = isBad ? ["--protocol", "snapshot_demo"] : [];
      const found = await rowsOf([...how, join(demo, name)]);
      expect(found.slice(0, rows.length), name).toEqual(rows);
    }
  });

  it("packet captures, with the stream in every row", async () => {
    for (const name of ["loopback.pcap", "linux_sll2.pcapng"]) {
      const rows = (await rowsOf([join(fixtures, "captures", name)])) as { stream: string; type: string }[];
      expect(rows.map(({ type }) => type).sort()).toEqual(
        [
          ...["ack", "ack", "backpressure", "backpressure", "handshake", "handshake", "handshakeAck", "handshakeAck"],
          ...["heartbeat", "heartbeat", "heartbeat", "heartbeat", "snapshot", "snapshot", "snapshot", "snapshot"],
        ].sort(),
      );
      expect(new Set(rows.map(({ stream }) => stream)).size).toBe(4);
      expect(Object.keys(rows[0]!).slice(0, 2)).toEqual(["stream", "offset"]);
    }
  });

  it("hexadecimal digits and base64, from standard input too", async () => {
    const { bytes, rows } = vector("snapshot_top100");
    const hex = Buffer.from(bytes).toString("hex");
    const texts = [
      hex,
      `${hex.toUpperCase().replaceAll(/(..)/g, "$1 ")}\n`,
      hex.replaceAll(/(.{64})/g, "$1\n"),
      Buffer.from(bytes).toString("base64"),
      Buffer.from(bytes).toString("base64url"),
      Buffer.from(bytes)
        .toString("base64")
        .replaceAll(/(.{76})/g, "$1\r\n"),
    ];
    for (const text of texts) expect(await rowsOf(["-"], new TextEncoder().encode(text))).toEqual(rows);
  });

  it("a packet capture written as digits", async () => {
    const file = readFileSync(join(fixtures, "captures", "loopback.pcap"));
    expect(await rowsOf(["-"], new TextEncoder().encode(file.toString("base64")))).toEqual(
      await rowsOf([join(fixtures, "captures", "loopback.pcap")]),
    );
  });

  it("nothing in noise, and reads it as its own", async () => {
    const noise = Uint8Array.from({ length: 500 }, (_, i) => (i * 167 + 13) % 251);
    expect(await rowsOf(["-"], noise)).toEqual([{ offset: 0, error: "FRAME_TOO_LARGE" }]);
  });
});

describe("tidewire dump --json of damaged captures", () => {
  it("prints a row for each frame and each fault, as their truth files say", async () => {
    for (const { name, bytes, truth } of CORRUPT_CAPTURES) {
      const rows = (await rowsOf(["-"], bytes)) as Record<string, unknown>[];
      const expected = truth.rows.map(({ endOffset, ...row }) => row);
      expect(
        rows.map((row) => JSON.parse(JSON.stringify(asTruth(row, undefined)))),
        name,
      ).toEqual(expected);
    }
  });
});

describe("--protocol", () => {
  it("overrides what was recognised", async () => {
    const rows = await rowsOf(["--protocol", "snapshot_demo", "-"], vector("heartbeat").bytes);
    expect(rows).toEqual([{ offset: 0, error: "FRAME_TOO_LARGE" }]);
    const streams = (await rowsOf(["--protocol", "snapshot_demo", join(fixtures, "captures", "loopback.pcap")])) as {
      error: string;
    }[];
    expect(streams.every(({ error }) => error === "FRAME_TOO_LARGE")).toBe(true);
  });

  it("must be one that there is", async () => {
    const { code, stderr } = await command.run(["dump", "--protocol", "snapshot_dem", "-"], {
      stdin: new Uint8Array(0),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean snapshot_demo?");
  });
});

describe("tidewire check", () => {
  it("says which stream of a packet capture is damaged", async () => {
    const file = readFileSync(join(fixtures, "captures", "loopback.pcap"));
    // One bit in the payload of the large snapshot.
    file[file.indexOf(Buffer.from(vector("snapshot_top100").bytes.subarray(100, 140))) + 20]! ^= 1;
    const { code, stdout } = await command.run(["check", "--json", "-"], { stdin: file });
    expect(code).toBe(3);
    const finding = JSON.parse(stdout.split("\n")[0]!);
    expect(finding).toMatchObject({ error: "CRC_MISMATCH", offset: 147, endOffset: 6_341 });
    expect(finding.stream).toMatch(/^127\.0\.0\.1:\d+ > 127\.0\.0\.1:7400$/);
  });

  it("finds nothing wrong with good ones", async () => {
    const { code, stdout } = await command.run(["check", join(fixtures, "snapshot_demo/conversation.tide")]);
    expect({ code, stdout: stdout.includes("nothing wrong") }).toEqual({ code: 0, stdout: true });
  });

  it("knows a snapshot again that went over two connections, and packets that were captured twice", async () => {
    const { stdout } = await command.run(["check", "--json", join(fixtures, "captures/two_interfaces.pcapng")]);
    const findings = stdout.trimEnd().split("\n").slice(0, -1);
    expect(findings.map((line) => JSON.parse(line).error)).toEqual(["DUPLICATE_SNAPSHOT", "DUPLICATE_SNAPSHOT"]);
    expect(findings.every((line) => JSON.parse(line).stream.endsWith(":17400"))).toBe(true);
  });
});
