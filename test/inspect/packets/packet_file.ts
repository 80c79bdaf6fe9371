/** Packet captures taken apart and written again, apart from the code under test. */

/** One packet as the link layer had it. */
export interface RawPacket {
  readonly seconds: number;
  readonly microseconds: number;
  readonly bytes: Uint8Array;
}

/** The packets of a little-endian pcap file with microseconds. */
export function packetsOf(file: Uint8Array): RawPacket[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const packets: RawPacket[] = [];
  for (let at = 24; at < file.length; ) {
    const bytes = view.getUint32(at + 8, true);
    packets.push({
      seconds: view.getUint32(at, true),
      microseconds: view.getUint32(at + 4, true),
      bytes: file.slice(at + 16, at + 16 + bytes),
    });
    at += 16 + bytes;
  }
  return packets;
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
}

export function pcapOf(
  packets: readonly RawPacket[],
  { linkType = 1, littleEndian = true, nanoseconds = false }: PcapOptions = {},
): Uint8Array {
  const file = new Uint8Array(24 + packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 0));
  const view = new DataView(file.buffer);
  view.setUint32(0, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, littleEndian);
  view.setUint16(4, 2, littleEndian);
  view.setUint16(6, 4, littleEndian);
  view.setUint32(16, 262_144, littleEndian);
  view.setUint32(20, linkType, littleEndian);
  let at = 24;
  for (const { seconds, microseconds, bytes } of packets) {
    view.setUint32(at, seconds, littleEndian);
    view.setUint32(at + 4, nanoseconds ? microseconds * 1_000 : microseconds, littleEndian);
    view.setUint32(at + 8, bytes.length, littleEndian);
    view.setUint32(at + 12, bytes.length, littleEndian);
    file.set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return file;
}

/** The same packets with other bytes. */
export function mapped(packets: readonly RawPacket[], change: (bytes: Uint8Array) => Uint8Array): RawPacket[] {
  return packets.map((packet) => ({ ...packet, bytes: change(packet.bytes) }));
}

/** Where the TCP payload of an Ethernet packet without VLAN tags starts. */
export function payloadAt(bytes: Uint8Array): number {
  const tcpAt = 14 + (bytes[14]! >> 4 === 4 ? (bytes[14]! & 15) * 4 : 40);
  return tcpAt + (bytes[tcpAt + 12]! >> 4) * 4;
}
