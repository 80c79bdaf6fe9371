/** Bytes written out by hand from the formats' documents, and files that are damaged or made to hurt. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CaptureIndexer, type Container } from "../../../src/inspect/mod.ts";
import type { Packet, PacketReader } from "../../../src/inspect/packets/packet.ts";
import { PcapReader } from "../../../src/inspect/packets/pcap_reader.ts";
import { PcapngReader } from "../../../src/inspect/packets/pcapng_reader.ts";
import { tcpSegmentOf } from "../../../src/inspect/packets/tcp_segment.ts";
import { numbersFrom } from "../seeded_numbers.ts";
import { vector } from "../vectors.ts";
import { packetsOf, payloadAt, pcapOf } from "./packet_file.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(/#.*$/gm, "").match(/[0-9a-f]{2}/g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}

function packetsIn(reader: PacketReader, file: Uint8Array): { packets: Packet[]; broken: string | undefined } {
  reader.push(file);
  reader.finish();
  const packets: Packet[] = [];
  for (let found = reader.next(); found !== undefined; found = reader.next()) {
    if (found.type === "broken") return { packets, broken: `${found.offset}: ${found.error.message}` };
    packets.push(found);
  }
  return { packets, broken: undefined };
}

describe("pcap, by the byte", () => {
  it("little-endian, microseconds", () => {
    const file = hex(`
      d4c3b2a1 0200 0400 00000000 00000000 00000400 65000000  # magic, 2.4, zone, accuracy, snap length, raw IP
      00f15365 40420f00 03000000 05000000  aabbcc             # 1,700,000,000 s + 1,000,000 µs; 3 of 5 bytes
    `);
    expect(packetsIn(new PcapReader(), file).packets).toEqual([
      { type: "packet", bytes: hex("aabbcc"), fileOffset: 40, timeMs: 1_700_000_001_000, linkType: 101 },
    ]);
  });

  it("big-endian, nanoseconds, with the frame check sequence's length in the link type", () => {
    const file = hex(`
      a1b23c4d 0002 0004 00000000 00000000 00040000 14000001
      6553f100 00000000 00000001 00000001  ff
    `);
    expect(packetsIn(new PcapReader(), file).packets).toEqual([
      { type: "packet", bytes: hex("ff"), fileOffset: 40, timeMs: 1_700_000_000_000, linkType: 1 },
    ]);
  });

  it("says where it is damaged", () => {
    const head = "d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000";
    expect(packetsIn(new PcapReader(), hex(`${head} 00f15365 00000000 ffffffff 05000000 aa`)).broken).toBe(
      "24: pcap/malformed at byte 24: found a packet of 4294967295 bytes, expected at most 1048576",
    );
    expect(packetsIn(new PcapReader(), hex(`${head} 00f15365`)).broken).toContain("4 bytes of a packet header");
    expect(packetsIn(new PcapReader(), hex(head)).broken).toBeUndefined();
  });
});

describe("pcapng, by the byte", () => {
  const section = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000";
  /** Ethernet without a limit; 10^-9 s; one hour is to be added. */
  const nanoseconds = `01000000 2c000000 0100 0000 00000000
    0900 0100 09000000  0e00 0800 100e000000000000  0000 0000 2c000000`;
  /** Raw IP, at most 4 bytes a packet, 2^-10 s. */
  const binary = "01000000 1c000000 6500 0000 04000000 0900 0100 8a000000 1c000000";

  it("has interfaces of their own resolution and offset", () => {
    const file = hex(`${section} ${nanoseconds} ${binary}
      06000000 28000000 00000000 e1979717 00e640e6 05000000 05000000 0102030405 000000 28000000
      06000000 24000000 01000000 00000000 00080000 01000000 01000000 07 000000 24000000
    `);
    const { packets, broken } = packetsIn(new PcapngReader(), file);
    expect(broken).toBeUndefined();
    const units = (0x179797e1n << 32n) | 0xe640e600n;
    expect(packets.map(({ timeMs }) => Math.round(timeMs))).toEqual([Number(units / 1_000_000n) + 3_600_000, 2_000]);
    expect(packets.map(({ linkType }) => linkType)).toEqual([1, 101]);
    expect(packets.map(({ bytes }) => [...bytes])).toEqual([[1, 2, 3, 4, 5], [7]]);
    for (const { fileOffset, bytes } of packets) {
      expect(file.subarray(fileOffset, fileOffset + bytes.length)).toEqual(bytes);
    }
  });

  it("has simple and obsolete packets, blocks of no interest, and sections of another byte order", () => {
    const file = hex(`${section} ${binary}
      0000abcd 10000000 deadbeef 10000000                              # a block that nobody knows
      03000000 14000000 09000000 01020304 14000000                     # 9 bytes, of which 4 are kept
      02000000 24000000 0000 ffff 00000000 00040000 02000000 02000000 0809 0000 24000000
      0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
      00000001 00000014 0071 0000 00000000 00000014
      00000006 00000024 00000000 00000000 000003e8 00000001 00000001 2a 000000 00000024
    `);
    const { packets, broken } = packetsIn(new PcapngReader(), file);
    expect(broken).toBeUndefined();
    expect(packets.map(({ bytes, linkType, timeMs }) => [[...bytes], linkType, timeMs])).toEqual([
      [[1, 2, 3, 4], 101, Number.NaN],
      [[8, 9], 101, 1_000],
      [[42], 113, 1],
    ]);
  });

  it("says where it is damaged", () => {
    const of = (text: string): string | undefined => packetsIn(new PcapngReader(), hex(text)).broken;
    expect(of("00000001 0000001c 00000000 00000000")).toContain("no section header");
    expect(of(`${section} 06000000 0d000000 00000000 00000000`)).toContain("a block of 13 bytes");
    expect(of(`${section} 06000000 00000080 00000000 00000000`)).toContain("a block of 2147483648 bytes");
    expect(
      of(`${section} 06000000 24000000 00000000 00000000 00080000 01000000 01000000 07 000000 24000000`),
    ).toContain("whose fields and interface are there");
    expect(of(`${section} 01000000 14000000`)).toContain("8 bytes of a block");
  });
});

const LOOPBACK = new Uint8Array(readFileSync(new URL("../../../fixtures/captures/loopback.pcap", import.meta.url)));

describe("sequence numbers", () => {
  it("go round at 2^32", () => {
    const packets = packetsOf(LOOPBACK);
    const rows = (bySequence: number): number => {
      const moved = packets.map((packet) => {
        const bytes = packet.bytes.slice();
        const at = 14 + (bytes[14]! >> 4 === 4 ? 20 : 40) + 4;
        new DataView(bytes.buffer).setUint32(at, new DataView(bytes.buffer).getUint32(at) + bySequence);
        return { ...packet, bytes };
      });
      const indexer = new CaptureIndexer({ container: "pcap", protocol: undefined });
      indexer.push(pcapOf(moved));
      indexer.finish();
      expect(indexer.index.faults).toEqual([]);
      return indexer.index.rows;
    };
    const first = new DataView(packets[0]!.bytes.buffer).getUint32(38);
    // The first connection's numbers pass 2^32 in its handshake, in the first frame, amid the large snapshot.
    for (const before of [0, 1, 50, 3_000]) expect(rows(0xffff_ffff - first - before)).toBe(16);
  });
});

describe("files made to hurt", () => {
  const files: readonly (readonly [string, Container])[] = [
    ["loopback.pcap", "pcap"],
    ["two_interfaces.pcapng", "pcapng"],
  ];

  it.each(files)("of %s with random damage give rows or refusals, never more", (name, container) => {
    const good = new Uint8Array(readFileSync(new URL(`../../../fixtures/captures/${name}`, import.meta.url)));
    const numbers = numbersFrom(name.length);
    for (let i = 0; i < 150; i++) {
      const bytes = good.slice(0, 1 + numbers.below(good.length));
      for (let hits = numbers.below(40); hits >= 0; hits--) bytes[numbers.below(bytes.length)] = numbers.below(256);
      const indexer = new CaptureIndexer({ container, protocol: undefined });
      for (let at = 0; at < bytes.length; at += 5_000) indexer.push(bytes.subarray(at, at + 5_000));
      indexer.finish();
      const { index } = indexer;
      for (let row = 0; row < index.rows; row++) {
        const stream = index.streams[index.streamNumber(row)]!;
        expect(index.offset(row) + index.bytes(row)).toBeLessThanOrEqual(stream.extents.endOffset);
      }
    }
  });

  it("noise as packets holds no segment that reaches out of it", () => {
    const numbers = numbersFrom(9);
    for (let i = 0; i < 5_000; i++) {
      const bytes = numbers.bytes(numbers.below(90));
      // Plausible starts, or nearly all would be passed over at once.
      if (bytes.length > 60) bytes.set([0x45, 0, 0, numbers.below(90), 0, 0, 0, 0, 64, 6], 14);
      if (bytes.length > 60) bytes.set([8, 0], 12);
      for (const linkType of [0, 1, 101, 113, 276]) {
        const segment = tcpSegmentOf({ type: "packet", bytes, fileOffset: 1_000, timeMs: 0, linkType });
        if (segment === undefined) continue;
        const at = segment.fileOffset - 1_000;
        expect(at + segment.payload.length).toBeLessThanOrEqual(bytes.length);
        expect(segment.payload).toEqual(bytes.subarray(at, at + segment.payload.length));
      }
    }
  });

  it("with a hole before megabytes hold a bounded part of them", () => {
    const [syn] = packetsOf(LOOPBACK);
    const head = packetsOf(LOOPBACK).find(({ bytes }) => bytes.length > payloadAt(bytes))!.bytes;
    const at = payloadAt(head);
    const first = new DataView(head.buffer).getUint32(38);
    const indexer = new CaptureIndexer({ container: "pcap", protocol: "snapshot" });
    indexer.push(pcapOf([syn!]));
    for (let i = 1; i < 12_000; i++) {
      const bytes = new Uint8Array(at + 1_000);
      bytes.set(head.subarray(0, at));
      const view = new DataView(bytes.buffer);
      view.setUint16(16, bytes.length - 14);
      view.setUint32(38, first + 1_000 * i);
      indexer.push(pcapOf([{ seconds: 0, microseconds: 0, bytes }]).subarray(24));
      if (i === 5_000) expect(indexer.index.faults[0]).toMatchObject({ errorName: "MISSING_BYTES", endOffset: 1_000 });
    }
    indexer.finish();
    expect(indexer.index.streams[0]!.extents.endOffset).toBe(12_000_000);
  });

  /** A packet from a port of its own, with or without bytes in it. */
  function packetFrom(port: number, address: number, payload: Uint8Array, isSyn: boolean): Uint8Array {
    const bytes = new Uint8Array(54 + payload.length);
    bytes.set(hex("08004500"), 12);
    const view = new DataView(bytes.buffer);
    view.setUint16(16, 40 + payload.length);
    bytes[23] = 6;
    view.setUint32(26, 0x0a00_0000 + address);
    view.setUint16(34, port);
    view.setUint16(36, 7_400);
    view.setUint32(38, isSyn ? 99 : 100);
    bytes[46] = 0x50;
    bytes[47] = isSyn ? 2 : 16;
    bytes.set(payload, 54);
    return bytes;
  }

  it("with more connections than are followed at once list them all, and scans of ports not at all", () => {
    const heartbeat = vector("heartbeat").bytes;
    const none = new Uint8Array(0);
    const raw = (bytes: Uint8Array): { seconds: number; microseconds: number; bytes: Uint8Array } => ({
      seconds: 0,
      microseconds: 0,
      bytes,
    });
    const indexer = new CaptureIndexer({ container: "pcap", protocol: undefined });
    indexer.push(pcapOf([]));
    for (let i = 0; i < 20_000; i++) indexer.push(pcapOf([raw(packetFrom(1_024 + i, 1, none, true))]).subarray(24));
    expect(indexer.index.streams.length).toBe(0);
    for (let i = 0; i < 70_000; i++) {
      const bytes = packetFrom(1_024 + (i % 50_000), 2 + Math.floor(i / 50_000), heartbeat, false);
      indexer.push(pcapOf([raw(bytes)]).subarray(24));
    }
    indexer.finish();
    const { index } = indexer;
    expect(index.rows).toBe(65_534 + 1);
    // What is left out is said.
    expect(index.faults.map(({ errorName }) => errorName)).toEqual(["inspect/too-many-streams"]);
  });
});
