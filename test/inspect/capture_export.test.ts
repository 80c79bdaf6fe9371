import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureExport, type ExportKind } from "../../src/inspect/capture_export.ts";
import { captureRow } from "../../src/inspect/capture_row.ts";
import { jsonLine } from "../../src/inspect/json_line.ts";
import { PcapngWriter } from "../../src/inspect/pcapng_writer.ts";
import type { RowValue } from "../../src/protocols/definition.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { readCapture } from "./read_capture.ts";
import { numbersFrom } from "./seeded_numbers.ts";
import { VECTORS, vector } from "./vectors.ts";

const hasTshark = ((): boolean => {
  try {
    execFileSync("tshark", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** The files that an export of a whole capture writes. */
function exportOf(kind: ExportKind, bytes: Uint8Array): Uint8Array[] {
  const exported = new CaptureExport(SNAPSHOT_PROTOCOL, kind);
  const pieces: Uint8Array[][] = exported.files.map(() => []);
  const append = (more: readonly Uint8Array[]): void => more.forEach((piece, i) => void pieces[i]!.push(piece));
  append(exported.begin());
  for (const item of readCapture(bytes)) {
    const end = item.type === "frame" ? item.offset + item.frame.length : item.endOffset;
    const time = item.type === "frame" ? Number(item.row["timestampUtcMs"] as RowValue) : Number.NaN;
    append(exported.add({ bytes: bytes.slice(item.offset, end), row: captureRow(item), timeMs: time }));
  }
  append(exported.end());
  return pieces.map(joined);
}

/** The packets of a pcapng file: read by the book, each length checked, each checksum computed the slow way. */
function packetsOf(
  file: Uint8Array,
): { from: string; to: string; seq: number; ack: number; flags: number; payload: Uint8Array }[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const packets: ReturnType<typeof packetsOf> = [];
  for (let at = 0; at < file.length; ) {
    const [type, bytes] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    expect(bytes % 4).toBe(0);
    expect(view.getUint32(at + bytes - 4, true)).toBe(bytes);
    if (type === 6) {
      const captured = view.getUint32(at + 20, true);
      const packet = file.subarray(at + 28, at + 28 + captured);
      const ip = new DataView(packet.buffer, packet.byteOffset, packet.length);
      expect(ip.getUint16(2)).toBe(captured);
      expect(folded(packet.subarray(0, 20))).toBe(0xffff);
      const pseudo = Uint8Array.of(...packet.subarray(12, 20), 0, 6, (captured - 20) >> 8, (captured - 20) & 255);
      expect(folded(Uint8Array.of(...pseudo, ...packet.subarray(20)))).toBe(0xffff);
      const address = (from: number): string => packet.subarray(from, from + 4).join(".");
      packets.push({
        from: `${address(12)}:${ip.getUint16(20)}`,
        to: `${address(16)}:${ip.getUint16(22)}`,
        seq: ip.getUint32(24),
        ack: ip.getUint32(28),
        flags: ip.getUint8(33),
        payload: packet.slice(40),
      });
    }
    at += bytes;
  }
  return packets;
}

function folded(bytes: Uint8Array): number {
  let sum = 0;
  bytes.forEach((byte, i) => {
    sum += i % 2 === 0 ? byte * 256 : byte;
    if (sum > 0xffff) sum -= 0xffff;
  });
  return sum;
}

describe("CaptureExport", () => {
  it("writes raw frames as they came", () => {
    expect(exportOf("tide", vector("stream").bytes)).toEqual([vector("stream").bytes]);
  });

  it("writes lines of JSON as dump does", () => {
    const { bytes } = vector("bad_crc");
    const lines = readCapture(bytes).map((item) => `${jsonLine(captureRow(item))}\n`);
    expect(new TextDecoder().decode(exportOf("jsonLines", bytes)[0])).toBe(lines.join(""));
  });

  it("writes test vectors that are the fixtures they were read from", () => {
    for (const { bytes, rows, name } of VECTORS) {
      const [tide, json] = exportOf("vector", bytes);
      expect(tide, name).toEqual(bytes);
      expect(JSON.parse(new TextDecoder().decode(json)), name).toEqual(rows);
    }
  });

  it("counts offsets of a vector in the file that it makes", () => {
    const exported = new CaptureExport(SNAPSHOT_PROTOCOL, "vector");
    const row = { offset: 5_000, error: "CRC_MISMATCH" };
    const rows = [exported.begin()[1], exported.add({ bytes: new Uint8Array(7), row, timeMs: 0 })[1]];
    rows.push(exported.add({ bytes: new Uint8Array(1), row, timeMs: 0 })[1], exported.end()[1]);
    const json = new TextDecoder().decode(Buffer.concat(rows.map((piece) => piece!)));
    expect(JSON.parse(json).map(({ offset }: { offset: number }) => offset)).toEqual([0, 7]);
  });

  it("writes packets whose payloads are the frames, each way on its own", () => {
    const bytes = joined(["stream", "ack_stored", "backpressure"].map((name) => vector(name).bytes));
    const packets = packetsOf(exportOf("pcapng", bytes)[0]!);
    const [server] = packets.filter(({ flags }) => flags === 0x12).map(({ from }) => from);
    expect(server).toBe("10.0.0.1:7400");
    const sent = readCapture(bytes).flatMap((item) =>
      item.type === "frame" ? [{ row: item.row, offset: item.offset, end: item.offset + item.frame.length }] : [],
    );
    for (const fromServer of [true, false]) {
      const payloads = packets.filter(({ from }) => (from === server) === fromServer).map(({ payload }) => payload);
      const frames = sent.filter(({ row }) => SNAPSHOT_PROTOCOL.inspection!.isFromServer!(row) === fromServer);
      expect(joined(payloads)).toEqual(joined(frames.map(({ offset, end }) => bytes.slice(offset, end))));
    }
  });

  it.skipIf(!hasTshark)("writes packets that Wireshark follows without a complaint", () => {
    const folder = mkdtempSync(join(tmpdir(), "tidewire-pcapng-"));
    try {
      const path = join(folder, "stream.pcapng");
      const { bytes } = vector("snapshot_segmented");
      writeFileSync(path, exportOf("pcapng", bytes)[0]!);
      const tshark = (...args: string[]): string =>
        execFileSync("tshark", ["-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", ...args], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
          maxBuffer: 16_000_000,
        });
      expect(tshark("-Y", "_ws.expert.severity >= 6291456 || tcp.analysis.flags")).toBe("");
      const payload = tshark("-T", "fields", "-e", "tcp.payload", "-Y", "tcp.len > 0").replaceAll(/\s/g, "");
      expect(payload).toBe(Buffer.from(bytes).toString("hex"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it("sequence numbers of both sides follow their payloads, whatever is sent", () => {
  const sent = fc.array(fc.record({ client: fc.constantFrom("a", "b", "c"), up: fc.boolean(), bytes: fc.nat(5_000) }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(sent, (frames) => {
      const writer = new PcapngWriter(7_400);
      const numbers = numbersFrom(1);
      const pieces = [
        writer.begin(),
        ...frames.map(({ client, up, bytes }) => writer.frame(client, up, 1e12, numbers.bytes(bytes))),
      ];
      const next = new Map<string, number>();
      for (const { from, to, seq, ack, flags, payload } of packetsOf(joined(pieces))) {
        const [way, back] = [`${from}>${to}`, `${to}>${from}`];
        expect(seq).toBe(next.get(way) ?? 1);
        if ((flags & 0x10) !== 0) expect(ack).toBe(next.get(back));
        next.set(way, seq + payload.length + ((flags & 2) !== 0 ? 1 : 0));
      }
    }),
    { seed: 11, numRuns: 60 },
  );
});
