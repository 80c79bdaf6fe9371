/** Makes broken frames of good ones. */
import { crc32, type Framing } from "../../src/core/mod.ts";
import type { SeededRandom } from "../conformance/chunkings.ts";
import type { CorpusFrame, Field } from "./corpus.ts";

/** Values at the borders of something. */
const NUMBERS = [
  0, 1, 2, 3, 4, 7, 8, 0x3f, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x1_0000, 0x7fff_ffff, 0xffff_ffff,
];
/** Bytes of 8-byte and 4-byte values that numbers can't write: NaN, infinities, the ends of i64. */
const PATTERNS: readonly (readonly number[])[] = [
  [0, 0, 0xc0, 0x7f],
  [0, 0, 0x80, 0x7f],
  [0, 0, 0x80, 0xff],
  [0, 0, 0, 0, 0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
];
/** Varints: padded, too long, over 64 bits, cut off, and large ones. */
const VARINTS: readonly (readonly number[])[] = [
  [0x80, 0x00],
  [0xff, 0xff, 0x03],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0xff],
];
/** UTF-8 gone wrong: a lone continuation, an overlong slash, a surrogate, over U+10FFFF, cut off. */
const TEXTS: readonly (readonly number[])[] = [
  [0x80],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
];
const ID_BYTES = 16;
/** Ids that a peer has used lately, so that some of what is made names something real. */
const MAX_IDS = 64;

export class Mutator {
  readonly #corpus: readonly CorpusFrame[];
  readonly #framing: Framing;
  #random: SeededRandom;
  #ids: Uint8Array[] = [];

  constructor(corpus: readonly CorpusFrame[], framing: Framing, random: SeededRandom) {
    this.#corpus = corpus;
    this.#framing = framing;
    this.#random = random;
  }

  /** Starts over: what comes depends on `random` alone. */
  restart(random: SeededRandom): void {
    this.#random = random;
    this.#ids = [];
  }

  /** An id to use instead of others. */
  remember(id: Uint8Array): void {
    if (this.#ids.length === MAX_IDS) this.#ids.shift();
    this.#ids.push(id.slice());
  }

  /** The next frame: now and then an intact one, mostly broken in one to three places. */
  next(): Uint8Array {
    const random = this.#random;
    const from = this.#corpus[random.below(this.#corpus.length)]!;
    let frame: Uint8Array = from.bytes.slice();
    if (random.below(4) === 0) return this.#sealed(this.#withIds(frame, from));
    for (let left = random.below(4) === 0 ? 3 : 1; left > 0; left--) {
      frame = random.below(4) > 0 ? this.#breakField(frame, from) : this.#breakBytes(frame);
    }
    // A share keeps the wrong length and CRC, and often makes one of what follows; the rest reaches what stands behind.
    return random.below(32) === 0 ? frame : this.#sealed(this.#longEnough(frame));
  }

  /** A frame that is not refused for its size alone. */
  #longEnough(frame: Uint8Array): Uint8Array {
    const { minFrameBytes } = this.#framing;
    if (frame.length >= minFrameBytes) return frame;
    const longer = new Uint8Array(minFrameBytes);
    longer.set(frame);
    return longer;
  }

  /** A frame with its length and CRC made right. */
  #sealed(frame: Uint8Array): Uint8Array {
    const { lengthAt, lengthBytes, lengthBigEndian, lengthAdds, crcBytes, crcAt, crcFrom, crcToEnd, crcBigEndian } =
      this.#framing;
    const value = frame.length - lengthAdds;
    for (let i = 0; i < lengthBytes; i++) {
      frame[lengthAt + (lengthBigEndian ? lengthBytes - 1 - i : i)] = i < 4 ? value >>> (8 * i) : 0;
    }
    if (crcBytes === 0) return frame;
    const at = crcAt < 0 ? frame.length + crcAt : crcAt;
    const crc = crc32(frame.subarray(crcFrom, frame.length - crcToEnd));
    new DataView(frame.buffer, frame.byteOffset).setUint32(at, crc, !crcBigEndian);
    return frame;
  }

  #withIds(frame: Uint8Array, from: CorpusFrame): Uint8Array {
    for (const field of from.fields) {
      if (field.bytes === ID_BYTES && field.name.endsWith("Id")) frame.set(this.#id(), field.offset);
    }
    return frame;
  }

  #id(): Uint8Array {
    if (this.#ids.length > 0 && this.#random.below(2) === 0) return this.#ids[this.#random.below(this.#ids.length)]!;
    // Few ids, so that they meet again.
    return new Uint8Array(ID_BYTES).fill(this.#random.below(16));
  }

  /** Breaks something that has a meaning; an earlier change may have moved it, which is as good. */
  #breakField(frame: Uint8Array, from: CorpusFrame): Uint8Array {
    const random = this.#random;
    // Late fields more often: a frame with a broken envelope is not read any further.
    const late = Math.max(random.below(from.fields.length), random.below(from.fields.length));
    const field = from.fields[late];
    if (field === undefined || field.offset + field.bytes > frame.length) return this.#breakBytes(frame);
    switch (random.below(6)) {
      case 0:
        return replaced(frame, field, pick(VARINTS, random));
      case 1:
        return replaced(frame, { ...field, bytes: Math.min(field.bytes, 8) }, pick(PATTERNS, random));
      case 2:
        return replaced(frame, field, pick(TEXTS, random));
      case 3:
        if (field.bytes === ID_BYTES) frame.set(this.#id(), field.offset);
        else this.#nudge(frame, field);
        return frame;
      case 4:
        return this.#transplant(frame, field);
      default:
        writeNumber(frame, field, pick(NUMBERS, random));
        return frame;
    }
  }

  /** One more or one less than it was. */
  #nudge(frame: Uint8Array, { offset }: Field): void {
    frame[offset] = frame[offset]! + (this.#random.below(2) === 0 ? 1 : -1);
  }

  /** The field as it stands in another frame. */
  #transplant(frame: Uint8Array, field: Field): Uint8Array {
    const donor = pick(this.#corpus, this.#random);
    const theirs = donor.fields.find(({ name }) => name === field.name);
    if (theirs === undefined) return this.#breakBytes(frame);
    return replaced(frame, field, donor.bytes.subarray(theirs.offset, theirs.offset + theirs.bytes));
  }

  #breakBytes(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    const at = random.below(Math.max(1, frame.length));
    switch (random.below(6)) {
      case 0:
        frame[at]! ^= 1 << random.below(8);
        return frame;
      case 1:
        frame[at] = random.below(256);
        return frame;
      case 2:
        return frame.slice(0, at);
      case 3:
        return replaced(
          frame,
          { name: "", offset: at, bytes: 0 },
          new Uint8Array(random.below(40)).fill(random.below(256)),
        );
      case 4:
        return replaced(frame, { name: "", offset: at, bytes: Math.min(random.below(16), frame.length - at) }, []);
      default: {
        const donor = pick(this.#corpus, random).bytes;
        return replaced(
          frame,
          { name: "", offset: at, bytes: frame.length - at },
          donor.subarray(random.below(donor.length)),
        );
      }
    }
  }
}

function pick<T>(from: readonly T[], random: SeededRandom): T {
  return from[random.below(from.length)]!;
}

function writeNumber(frame: Uint8Array, { offset, bytes }: Field, value: number): void {
  for (let i = 0; i < bytes && i < 8; i++) frame[offset + i] = i < 4 ? value >>> (8 * i) : 0;
}

function replaced(frame: Uint8Array, { offset, bytes }: Field, by: ArrayLike<number>): Uint8Array {
  const longer = new Uint8Array(frame.length - bytes + by.length);
  longer.set(frame.subarray(0, offset));
  longer.set(by, offset);
  longer.set(frame.subarray(offset + bytes), offset + by.length);
  return longer;
}
