import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  bytesSource,
  type CaptureIndex,
  CaptureIndexer,
  type Container,
  ROW_STATUS,
  readRow,
  readStreamBytes,
  recognise,
} from "../../../src/inspect/mod.ts";
import { compressor } from "../read_capture.ts";
import { numbersFrom } from "../seeded_numbers.ts";
import { vector } from "../vectors.ts";
import { mapped, packetsOf, payloadAt, pcapOf, type RawPacket } from "./packet_file.ts";

const AGENT = ["handshake", "heartbeat", "snapshot_top100", "snapshot_zstd", "heartbeat"].map(vector);
const SERVER = ["handshake_ack", "ack_stored", "backpressure"].map(vector);

function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../fixtures/captures/${name}`, import.meta.url)));
}

function indexOf(file: Uint8Array, container: Container, chunkBytes: number = file.length): CaptureIndex {
  const indexer = new CaptureIndexer({ container, protocol: undefined }, { contents: { compressor } });
  for (let at = 0; at < file.length; at += chunkBytes) indexer.push(file.slice(at, at + chunkBytes));
  indexer.finish();
  return indexer.index;
}

/** The rows of each stream, by its name with the connecting side's port left out. */
async function rowsOf(file: Uint8Array, index: CaptureIndex): Promise<Map<string, unknown[]>> {
  const rows = new Map<string, unknown[]>(index.streams.map(({ name }) => [plain(name), []]));
  for (let row = 0; row < index.rows; row++) {
    const detail = await readRow({ source: bytesSource("", file), index, options: { compressor } }, row);
    const { stream, ...rest } = detail.row;
    rows.get(plain(stream as string))!.push(JSON.parse(JSON.stringify(rest)));
  }
  return rows;
}

const plain = (name: string): string => name.replaceAll(/:[3-6]\d{4}/g, ":client");

/** What one side said, as rows of its stream. */
function said(vectors: typeof AGENT): unknown[] {
  let start = 0;
  return vectors.flatMap(({ bytes, rows }) => {
    start += bytes.length;
    return rows.map((row) => ({ ...row, offset: row.offset + start - bytes.length }));
  });
}

const EXPECTED: ReadonlyMap<string, unknown[]> = new Map([
  ["127.0.0.1:client > 127.0.0.1:7400", said(AGENT)],
  ["127.0.0.1:7400 > 127.0.0.1:client", said(SERVER)],
  ["[::1]:client > [::1]:17400", said(AGENT)],
  ["[::1]:17400 > [::1]:client", said(SERVER)],
]);

const FILES: readonly (readonly [string, Container])[] = [
  ["loopback.pcap", "pcap"],
  ["loopback_ns.pcap", "pcap"],
  ["linux_sll.pcap", "pcap"],
  ["loopback.pcapng", "pcapng"],
  ["linux_sll2.pcapng", "pcapng"],
  ["two_interfaces.pcapng", "pcapng"],
];

describe("a recorded capture", () => {
  it.each(FILES)("%s is recognised, and holds what was said", async (name, container) => {
    const file = fixture(name);
    expect(recognise(file, file.length).chosen).toMatchObject({ format: { container, protocol: undefined } });
    const index = indexOf(file, container);
    expect(await rowsOf(file, index)).toEqual(EXPECTED);
    for (const [number, { definition, opposite }] of index.streams.entries()) {
      expect(definition!.name).toBe("snapshot");
      expect(index.streams[opposite!]!.opposite).toBe(number);
    }
  });

  it.each(FILES)("%s gives the same in pieces of any size", async (name, container) => {
    const file = fixture(name);
    for (const chunkBytes of [1, 7, 1_000])
      expect(await rowsOf(file, indexOf(file, container, chunkBytes))).toEqual(EXPECTED);
  });

  it("lists frames in the order in which they arrived", () => {
    const index = indexOf(fixture("loopback.pcap"), "pcap");
    const types = Array.from({ length: index.rows }, (_, row) => index.types[index.typeNumber(row)]);
    expect(types.slice(0, 2)).toEqual(["handshake", "handshakeAck"]);
    expect(types.indexOf("ack")).toBeLessThan(types.indexOf("snapshot"));
  });

  it("says where in the file each byte of a stream stands", async () => {
    const file = fixture("loopback.pcapng");
    const index = indexOf(file, "pcapng");
    for (const stream of index.streams) {
      const bytes = await readStreamBytes(bytesSource("", file), stream, 0, stream.extents.endOffset);
      expect(bytes).toEqual(Uint8Array.from(bytes, (_, offset) => file[stream.extents.fileOffset(offset)!]!));
      expect(stream.extents.fileOffset(bytes.length)).toBeUndefined();
    }
  });
});

const PACKETS = packetsOf(fixture("loopback.pcap"));
const ethernetBody = (bytes: Uint8Array): Uint8Array => bytes.subarray(14);
const behind = (head: readonly number[], bytes: Uint8Array): Uint8Array => Uint8Array.from([...head, ...bytes]);
const loopbackHead = (bytes: Uint8Array): number[] => (bytes[14]! >> 4 === 4 ? [2, 0, 0, 0] : [10, 0, 0, 0]);

describe("the same packets", () => {
  const WRITTEN: Readonly<Record<string, Uint8Array>> = {
    "big-endian": pcapOf(PACKETS, { littleEndian: false }),
    "big-endian, in nanoseconds": pcapOf(PACKETS, { littleEndian: false, nanoseconds: true }),
    "as raw IP": pcapOf(mapped(PACKETS, ethernetBody), { linkType: 101 }),
    "behind a loopback header": pcapOf(
      mapped(PACKETS, (bytes) => behind(loopbackHead(bytes), ethernetBody(bytes))),
      {
        linkType: 0,
      },
    ),
    "behind two VLAN tags": pcapOf(
      mapped(PACKETS, (bytes) =>
        behind([...bytes.subarray(0, 12), 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2], bytes.subarray(12)),
      ),
    ),
    "filled up behind the end": pcapOf(mapped(PACKETS, (bytes) => Uint8Array.from([...bytes, 1, 2, 3, 4, 5, 6]))),
    "each twice": pcapOf(PACKETS.flatMap((packet) => [packet, packet])),
    "behind hop-by-hop options": pcapOf(
      mapped(PACKETS, (bytes) => {
        if (bytes[14]! >> 4 !== 6) return bytes;
        const head = bytes.slice(0, 54);
        const view = new DataView(head.buffer);
        view.setUint16(18, view.getUint16(18) + 8);
        head[20] = 0;
        return Uint8Array.from([...head, 6, 0, 1, 4, 0, 0, 0, 0, ...bytes.subarray(54)]);
      }),
    ),
  };

  it.each(Object.entries(WRITTEN))("%s say the same", async (_name, file) => {
    expect(await rowsOf(file, indexOf(file, "pcap"))).toEqual(EXPECTED);
  });

  it("keep their times", () => {
    const [times, again] = [pcapOf(PACKETS), WRITTEN["big-endian, in nanoseconds"]!].map((file) => {
      const indexer = new CaptureIndexer({ container: "pcap", protocol: undefined });
      indexer.push(file);
      return Array.from({ length: indexer.index.rows }, (_, row) => indexer.index.timeMs(row));
    });
    expect(again).toEqual(times);
  });
});

/** Segments with a payload, out of the order that they were sent in; those that open and close stay where they are. */
function shuffled(packets: readonly RawPacket[], seed: number, reach: number): RawPacket[] {
  const numbers = numbersFrom(seed);
  return packets
    .map((packet, i) => {
      const moves = packet.bytes.length > payloadAt(packet.bytes);
      return { packet, rank: i + (moves ? numbers.below(reach) : 0) };
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ packet }) => packet);
}

describe("packets in disorder", () => {
  it("are put in order, whatever is repeated or overlaps", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const numbers = numbersFrom(seed);
      const messy = shuffled(PACKETS, seed, 12).flatMap((packet) => {
        const at = payloadAt(packet.bytes);
        if (numbers.below(3) > 0 || packet.bytes.length - at < 20) return [packet];
        // Cut in two that overlap: the second begins earlier than the first ends.
        const cut = 5 + numbers.below(packet.bytes.length - at - 10);
        const tail = packet.bytes.slice(0, at);
        const view = new DataView(tail.buffer);
        const tcpAt = at - (tail.length > 66 ? 32 : 32);
        view.setUint32(tcpAt + 4, view.getUint32(tcpAt + 4) + cut - 5);
        return [
          { ...packet, bytes: shortened(packet.bytes.slice(0, at + cut)) },
          { ...packet, bytes: shortened(Uint8Array.from([...tail, ...packet.bytes.subarray(at + cut - 5)])) },
        ];
      });
      const file = pcapOf(messy);
      expect(await rowsOf(file, indexOf(file, "pcap"))).toEqual(EXPECTED);
    }
  });

  it("with one lost, say what is missing, and find every frame that it did not carry", async () => {
    const segments = PACKETS.filter(({ bytes }) => bytes.length > payloadAt(bytes));
    for (const lost of segments) {
      const file = pcapOf(PACKETS.filter((packet) => packet !== lost));
      const index = indexOf(file, "pcap");
      const holes = index.faults.filter(({ errorName }) => errorName === "MISSING_BYTES");
      // The last segment of a stream leaves no trace but the end of it, and an unfinished frame.
      const lostBytes = lost.bytes.length - payloadAt(lost.bytes);
      for (const hole of holes) {
        expect(index.status(hole.row)).toBe(ROW_STATUS.hole);
        expect(hole.endOffset - index.offset(hole.row)).toBe(lostBytes);
      }
      const rows = await rowsOf(file, index);
      for (const [name, expected] of EXPECTED) {
        const found = rows.get(name) ?? [];
        const whole = found.filter((row) => !("error" in (row as object)));
        for (const row of whole) if (holes.length > 0) expect(expected).toContainEqual(row);
        expect(expected.length - whole.length).toBeLessThanOrEqual(1);
      }
    }
  });

  it("in a file that is cut off, say so", () => {
    const file = pcapOf(PACKETS);
    const index = indexOf(file.subarray(0, file.length - 3), "pcap");
    expect(index.faults.at(-1)).toMatchObject({ errorName: "pcap/malformed", endOffset: file.length - 3 });
    expect(index.streams[index.streamNumber(index.rows - 1)]!.name).toBe("file");
  });
});

/** The IP header's length made that of the packet. */
function shortened(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  if (bytes[14]! >> 4 === 4) view.setUint16(16, bytes.length - 14);
  else view.setUint16(18, bytes.length - 54);
  return bytes;
}
