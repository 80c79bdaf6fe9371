/** Frames as a packet capture: TCP connections that carry them, in a pcapng file (IETF draft-ietf-opsawg-pcapng). */

/** What one packet carries; an Ethernet's, so that the capture looks like one. */
const MAX_SEGMENT_BYTES = 1_460;
/** Segments that the other side lets pass before it acknowledges them: well within a window of 64 KiB. */
const MAX_UNACKNOWLEDGED_SEGMENTS = 16;
const IP_HEADER_BYTES = 20;
const TCP_HEADER_BYTES = 20;
/** LINKTYPE_RAW: each packet begins with its IP header. */
const LINK_TYPE_RAW = 101;
const SECTION_HEADER = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;

const SYN = 0x02;
const PSH = 0x08;
const ACK = 0x10;

const SERVER_ADDRESS = 0x0a00_0001; // 10.0.0.1
/** The first client's; each has its own, up to 10.255.255.254. */
const FIRST_CLIENT_ADDRESS = 0x0a01_0001;
const CLIENT_PORT = 40_000;
const FIRST_SEQUENCE = 1;
/** Connections at most, each some 100 bytes here; the frames of clients beyond share the last one. */
const MAX_CONNECTIONS = 65_536;

/** One connection: the sequence number of the next byte of each side. */
interface Connection {
  readonly clientAddress: number;
  clientSequence: number;
  serverSequence: number;
}

/**
 * Writes a pcapng file piece by piece: one TCP connection for each client, opened with its first frame.
 *
 * @example
 * ```ts
 * const writer = new PcapngWriter(7_400);
 * const file = [writer.begin(), writer.frame("agent-01", true, 1_767_225_600_123, frame)];
 * ```
 */
export class PcapngWriter {
  readonly #serverPort: number;
  readonly #connections = new Map<string, Connection>();
  #last: Connection | undefined;

  constructor(serverPort: number) {
    this.#serverPort = serverPort;
  }

  /** What stands first: the section and its one interface, with times in microseconds. */
  begin(): Uint8Array {
    const section = block(SECTION_HEADER, 16);
    section.view.setUint32(8, BYTE_ORDER_MAGIC, true);
    section.view.setUint16(12, 1, true); // version 1.0
    section.view.setBigInt64(16, -1n, true); // the section's length is not stated
    const description = block(INTERFACE_DESCRIPTION, 8);
    description.view.setUint16(8, LINK_TYPE_RAW, true);
    return joined([section.bytes, description.bytes]);
  }

  /**
   * The packets of one frame.
   *
   * @param client whose connection it travels on
   * @param fromClient which way
   * @param timeMs UTC; what is no time counts as 0
   */
  frame(client: string, fromClient: boolean, timeMs: number, frame: Uint8Array): Uint8Array {
    const packets: Uint8Array[] = [];
    const atMs = timeMs >= 0 && timeMs <= Number.MAX_SAFE_INTEGER / 1_000 ? timeMs : 0;
    const connection = this.#connectionOf(client, atMs, packets);
    let unacknowledged = 0;
    for (let at = 0; at < frame.length; at += MAX_SEGMENT_BYTES) {
      const payload = frame.subarray(at, at + MAX_SEGMENT_BYTES);
      const isLast = at + MAX_SEGMENT_BYTES >= frame.length;
      packets.push(this.#packet(connection, fromClient, isLast ? ACK | PSH : ACK, payload, atMs));
      unacknowledged++;
      if (!isLast && unacknowledged < MAX_UNACKNOWLEDGED_SEGMENTS) continue;
      packets.push(this.#packet(connection, !fromClient, ACK, NO_BYTES, atMs));
      unacknowledged = 0;
    }
    return joined(packets);
  }

  #connectionOf(client: string, atMs: number, packets: Uint8Array[]): Connection {
    const known = this.#connections.get(client);
    if (known !== undefined) return known;
    if (this.#last !== undefined && this.#connections.size === MAX_CONNECTIONS) return this.#last;
    const clientAddress = FIRST_CLIENT_ADDRESS + this.#connections.size;
    const connection = { clientAddress, clientSequence: FIRST_SEQUENCE, serverSequence: FIRST_SEQUENCE };
    this.#connections.set(client, connection);
    this.#last = connection;
    packets.push(this.#packet(connection, true, SYN, NO_BYTES, atMs));
    packets.push(this.#packet(connection, false, SYN | ACK, NO_BYTES, atMs));
    packets.push(this.#packet(connection, true, ACK, NO_BYTES, atMs));
    return connection;
  }

  /** One packet as a block; moves the connection on. */
  #packet(connection: Connection, fromClient: boolean, flags: number, payload: Uint8Array, atMs: number): Uint8Array {
    const packetBytes = IP_HEADER_BYTES + TCP_HEADER_BYTES + payload.length;
    const { bytes, view } = block(ENHANCED_PACKET, 20 + packetBytes);
    const atUs = BigInt(Math.round(atMs * 1_000));
    view.setUint32(12, Number(atUs >> 32n), true);
    view.setUint32(16, Number(atUs & 0xffff_ffffn), true);
    view.setUint32(20, packetBytes, true);
    view.setUint32(24, packetBytes, true);
    const packet = bytes.subarray(28, 28 + packetBytes);
    this.#writeHeaders(packet, connection, fromClient, flags);
    packet.set(payload, IP_HEADER_BYTES + TCP_HEADER_BYTES);
    writeChecksums(packet);
    const moved = payload.length + ((flags & SYN) !== 0 ? 1 : 0);
    if (fromClient) connection.clientSequence = (connection.clientSequence + moved) >>> 0;
    else connection.serverSequence = (connection.serverSequence + moved) >>> 0;
    return bytes;
  }

  #writeHeaders(packet: Uint8Array, connection: Connection, fromClient: boolean, flags: number): void {
    const { clientAddress, clientSequence, serverSequence } = connection;
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    view.setUint8(0, 0x45); // version 4, a header of five words
    view.setUint16(2, packet.length);
    view.setUint16(6, 0x4000); // don't fragment
    view.setUint8(8, 64); // time to live
    view.setUint8(9, 6); // TCP
    view.setUint32(12, fromClient ? clientAddress : SERVER_ADDRESS);
    view.setUint32(16, fromClient ? SERVER_ADDRESS : clientAddress);
    view.setUint16(20, fromClient ? CLIENT_PORT : this.#serverPort);
    view.setUint16(22, fromClient ? this.#serverPort : CLIENT_PORT);
    view.setUint32(24, fromClient ? clientSequence : serverSequence);
    if ((flags & ACK) !== 0) view.setUint32(28, fromClient ? serverSequence : clientSequence);
    view.setUint8(32, 0x50); // a header of five words
    view.setUint8(33, flags);
    view.setUint16(34, 0xffff); // window
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** A block with its type and both lengths; the body starts at byte 8 and is padded to four bytes. */
function block(type: number, bodyBytes: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const totalBytes = 12 + Math.ceil(bodyBytes / 4) * 4;
  const bytes = new Uint8Array(totalBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, totalBytes, true);
  view.setUint32(totalBytes - 4, totalBytes, true);
  return { bytes, view };
}

/** RFC 791 and RFC 9293: the one's complement of the sum of 16-bit words, for TCP over a pseudo header too. */
function writeChecksums(packet: Uint8Array): void {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  view.setUint16(10, onesComplement(sumOf(view, 0, IP_HEADER_BYTES)));
  const pseudoHeader = sumOf(view, 12, IP_HEADER_BYTES) + 6 + (packet.length - IP_HEADER_BYTES);
  view.setUint16(36, onesComplement(pseudoHeader + sumOf(view, IP_HEADER_BYTES, packet.length)));
}

function sumOf(view: DataView, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at + 1 < to; at += 2) sum += view.getUint16(at);
  return (to - from) % 2 === 1 ? sum + view.getUint8(to - 1) * 256 : sum;
}

function onesComplement(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
