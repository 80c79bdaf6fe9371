import { ProtocolError } from "../../core/mod.ts";
import { ByteWindow } from "../byte_window.ts";
import { type BrokenCapture, MAX_PACKET_BYTES, type Packet, type PacketReader } from "./packet.ts";
import { type CaptureInterface, packetOf, readInterface } from "./pcapng_blocks.ts";

/** Block types (draft-ietf-opsawg-pcapng §4). */
export const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and length before a block's body, the length once more behind it. */
const BLOCK_HEADER_BYTES = 8;
const MIN_BLOCK_BYTES = 12;
/** Room for a packet, its fields and its options. */
const MAX_BLOCK_BYTES: number = MAX_PACKET_BYTES + 65_536;
/** A section lists each interface once; no machine has more. */
const MAX_INTERFACES = 4_096;

/** Reads pcapng files: sections of both byte orders, any number of interfaces, every kind of packet block. */
export class PcapngReader implements PacketReader {
  readonly #window: ByteWindow = new ByteWindow();
  #interfaces: CaptureInterface[] = [];
  #littleEndian = true;
  #hasSection = false;
  /** Bytes that are still to be passed over: the rest of a block that is of no interest. */
  #skipTo = 0;
  #ended = false;
  #broken = false;

  push(chunk: Uint8Array): void {
    this.#window.append(chunk);
  }

  finish(): void {
    this.#ended = true;
  }

  next(): Packet | BrokenCapture | undefined {
    for (;;) {
      const window = this.#window;
      window.dropTo(this.#skipTo);
      if (this.#broken || window.offset < this.#skipTo) return undefined;
      const { bytes, offset } = window;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (bytes.length < MIN_BLOCK_BYTES) return this.#endedIn(offset, bytes.length);
      if (view.getUint32(0, true) === SECTION_HEADER) {
        const refused = this.#beginSection(view, offset);
        if (refused !== undefined) return refused;
      }
      if (!this.#hasSection) return this.#break(offset, "no section header", "a block of type 0x0a0d0d0a first");
      const blockBytes = view.getUint32(4, this.#littleEndian);
      if (blockBytes < MIN_BLOCK_BYTES || blockBytes % 4 !== 0) {
        return this.#break(offset, `a block of ${blockBytes} bytes`, "12 or more, in words of four");
      }
      const type = view.getUint32(0, this.#littleEndian);
      if (type !== INTERFACE_DESCRIPTION && !isPacketBlock(type)) {
        this.#skipTo = offset + blockBytes;
        continue;
      }
      if (blockBytes > MAX_BLOCK_BYTES) {
        return this.#break(offset, `a block of ${blockBytes} bytes`, `at most ${MAX_BLOCK_BYTES}`);
      }
      if (bytes.length < blockBytes) return this.#endedIn(offset, bytes.length);
      this.#skipTo = offset + blockBytes;
      const body = bytes.subarray(BLOCK_HEADER_BYTES, blockBytes - 4);
      const found = this.#take(type, body, offset);
      if (found !== undefined) return found;
    }
  }

  /** Takes a block that is all there. */
  #take(type: number, body: Uint8Array, offset: number): Packet | BrokenCapture | undefined {
    if (type === INTERFACE_DESCRIPTION) {
      const described = readInterface(body, this.#littleEndian);
      if (described === undefined || this.#interfaces.length === MAX_INTERFACES) {
        return this.#break(offset, "an interface too many, or a short one", `${MAX_INTERFACES} at most, of 8 bytes`);
      }
      this.#interfaces.push(described);
      return undefined;
    }
    const packet = packetOf(type, body, this.#littleEndian, this.#interfaces);
    if (packet === undefined) {
      return this.#break(offset, `a packet block of ${body.length} bytes`, "one whose fields and interface are there");
    }
    return { ...packet, fileOffset: offset + BLOCK_HEADER_BYTES + packet.fileOffset };
  }

  #beginSection(view: DataView, offset: number): BrokenCapture | undefined {
    const isLittle = view.getUint32(8, true) === BYTE_ORDER_MAGIC;
    if (!isLittle && view.getUint32(8, false) !== BYTE_ORDER_MAGIC) {
      return this.#break(offset, "no byte-order magic", "0x1a2b3c4d in either order");
    }
    this.#littleEndian = isLittle;
    this.#hasSection = true;
    this.#interfaces = [];
    return undefined;
  }

  #endedIn(offset: number, bytes: number): BrokenCapture | undefined {
    if (!this.#ended || bytes === 0) return undefined;
    return this.#break(offset, `${bytes} bytes of a block`, "the rest of it");
  }

  #break(offset: number, found: string, expected: string): BrokenCapture {
    this.#broken = true;
    const error = new ProtocolError({ code: "pcapng/malformed", side: "remote", offset, fatal: true, found, expected });
    return { type: "broken", offset, error };
  }
}

/** Packet (obsolete), Simple Packet, Enhanced Packet. */
function isPacketBlock(type: number): boolean {
  return type === 2 || type === 3 || type === 6;
}
