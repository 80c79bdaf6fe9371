import { ProtocolError } from "../../core/mod.ts";
import { ByteWindow } from "../byte_window.ts";
import { type BrokenCapture, MAX_PACKET_BYTES, type Packet, type PacketReader } from "./packet.ts";

/** File header: magic, versions, two unused words, the most of a packet, link type. */
const FILE_HEADER_BYTES = 24;
/** Seconds, parts of a second, bytes in the file, bytes on the wire. */
const PACKET_HEADER_BYTES = 16;
/** The upper bits of the link type say how long a frame check sequence is. */
const LINK_TYPE_MASK = 0xffff;

/** The magic numbers, as they stand in the file when it is little-endian. */
export const PCAP_MICROSECONDS = 0xa1b2c3d4;
export const PCAP_NANOSECONDS = 0xa1b23c4d;

/** Byte order and unit of a file, by its first four bytes. */
export function pcapKind(
  head: Uint8Array,
): { readonly littleEndian: boolean; readonly unitsPerMs: number } | undefined {
  if (head.length < 4) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === PCAP_MICROSECONDS) return { littleEndian, unitsPerMs: 1_000 };
    if (magic === PCAP_NANOSECONDS) return { littleEndian, unitsPerMs: 1_000_000 };
  }
  return undefined;
}

/** Reads pcap files (draft-ietf-opsawg-pcap §4, §5), of both byte orders and both units of time. */
export class PcapReader implements PacketReader {
  readonly #window: ByteWindow = new ByteWindow();
  #kind: ReturnType<typeof pcapKind>;
  #linkType = 0;
  #ended = false;
  #broken = false;

  push(chunk: Uint8Array): void {
    this.#window.append(chunk);
  }

  finish(): void {
    this.#ended = true;
  }

  next(): Packet | BrokenCapture | undefined {
    if (this.#broken) return undefined;
    const { bytes, offset } = this.#window;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#kind === undefined) {
      if (bytes.length < FILE_HEADER_BYTES) return this.#endedIn(offset, bytes.length, "file header");
      this.#kind = pcapKind(bytes);
      if (this.#kind === undefined) return this.#break(offset, "no magic number of pcap", "0xa1b2c3d4 or 0xa1b23c4d");
      this.#linkType = view.getUint32(20, this.#kind.littleEndian) & LINK_TYPE_MASK;
      this.#window.dropTo(offset + FILE_HEADER_BYTES);
      return this.next();
    }
    if (bytes.length < PACKET_HEADER_BYTES) return this.#endedIn(offset, bytes.length, "packet header");
    const { littleEndian, unitsPerMs } = this.#kind;
    const capturedBytes = view.getUint32(8, littleEndian);
    if (capturedBytes > MAX_PACKET_BYTES) {
      return this.#break(offset, `a packet of ${capturedBytes} bytes`, `at most ${MAX_PACKET_BYTES}`);
    }
    const end = PACKET_HEADER_BYTES + capturedBytes;
    if (bytes.length < end) return this.#endedIn(offset, bytes.length, "packet");
    this.#window.dropTo(offset + end);
    return {
      type: "packet",
      bytes: bytes.subarray(PACKET_HEADER_BYTES, end),
      fileOffset: offset + PACKET_HEADER_BYTES,
      timeMs: view.getUint32(0, littleEndian) * 1_000 + view.getUint32(4, littleEndian) / unitsPerMs,
      linkType: this.#linkType,
    };
  }

  /** More is needed, and won't come if the file has ended. */
  #endedIn(offset: number, bytes: number, what: string): BrokenCapture | undefined {
    if (!this.#ended || bytes === 0) return undefined;
    return this.#break(offset, `${bytes} bytes of a ${what}`, "the rest of it");
  }

  #break(offset: number, found: string, expected: string): BrokenCapture {
    this.#broken = true;
    const error = new ProtocolError({ code: "pcap/malformed", side: "remote", offset, fatal: true, found, expected });
    return { type: "broken", offset, error };
  }
}
