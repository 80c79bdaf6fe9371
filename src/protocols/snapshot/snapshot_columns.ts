/** The content of a Snapshot, decoded to columns (spec §4): checked at once, mapped and cut when they are asked for. */
import { int64, sumLengths } from "../../core/mod.ts";
import type { Extension, Int64, SnapshotPayload } from "./messages.ts";
import { PROCESS_NUMBER_BYTES, SNAPSHOT_FIXED_BYTES } from "./wire.ts";

/** What stands before the columns. */
export type FixedFields = Omit<SnapshotPayload, "processes" | "extensions"> & { readonly count: number };

/** Where the columns stand in the encoded snapshot; the number columns begin at 64. */
interface ColumnPlaces {
  readonly lengthsAt: number;
  readonly cmdlineLengthsAt: number;
  readonly textAt: number;
  readonly namesBytes: number;
  readonly textBytes: number;
}

interface NumberColumns {
  readonly pid: Uint32Array;
  readonly cpuPct: Float32Array;
  readonly rssHalves: Uint32Array;
}

/**
 * A snapshot whose processes stand in columns. Everything has been validated; arrays are made when they are first asked
 * for, as views on the input where it is aligned.
 *
 * @example
 * ```ts
 * import { decodeSnapshotColumns, encodeSnapshot } from "tidewire/snapshot";
 * const bytes = encodeSnapshot({
 *   snapshotId: new Uint8Array(16), windowStartMs: 0, windowEndMs: 1000, cpuTotalPct: 3, selection: 0, memUsedBytes: 1,
 *   memTotalBytes: 2, processTotal: 1, extensions: [],
 *   processes: [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }],
 * });
 * const { cpuPct, nameEnds, text } = decodeSnapshotColumns(bytes);
 * [cpuPct[0], new TextDecoder().decode(text.subarray(0, nameEnds[0]))]; // [3, "init"]
 * ```
 */
export class SnapshotColumns implements FixedFields {
  readonly snapshotId: Uint8Array;
  readonly windowStartMs: Int64;
  readonly windowEndMs: Int64;
  readonly cpuTotalPct: number;
  readonly selection: number;
  readonly memUsedBytes: Int64;
  readonly memTotalBytes: Int64;
  readonly processTotal: number;
  /** Processes listed: the length of every column. */
  readonly count: number;
  /** True when every byte of the texts is ASCII, so that bytes and characters are counted alike. */
  readonly textIsAscii: boolean;
  readonly extensions: readonly Extension[];
  readonly #bytes: Uint8Array;
  readonly #places: ColumnPlaces;
  #numbers: NumberColumns | undefined;
  #hasCmdline: Uint8Array | undefined;
  #nameEnds: Uint32Array | undefined;
  #cmdlineEnds: Uint32Array | undefined;

  /** Use {@linkcode decodeSnapshotColumns}, which validates. */
  constructor(
    bytes: Uint8Array,
    fixed: FixedFields,
    places: ColumnPlaces,
    textIsAscii: boolean,
    extensions: readonly Extension[],
  ) {
    this.snapshotId = fixed.snapshotId;
    this.windowStartMs = fixed.windowStartMs;
    this.windowEndMs = fixed.windowEndMs;
    this.cpuTotalPct = fixed.cpuTotalPct;
    this.selection = fixed.selection;
    this.memUsedBytes = fixed.memUsedBytes;
    this.memTotalBytes = fixed.memTotalBytes;
    this.processTotal = fixed.processTotal;
    this.count = fixed.count;
    this.textIsAscii = textIsAscii;
    this.extensions = extensions;
    this.#bytes = bytes;
    this.#places = places;
  }

  get pid(): Uint32Array {
    return this.#numberColumns().pid;
  }

  get cpuPct(): Float32Array {
    return this.#numberColumns().cpuPct;
  }

  /** Two 32-bit halves for each process, low one first. */
  get rssHalves(): Uint32Array {
    return this.#numberColumns().rssHalves;
  }

  /** All names and then all command lines, UTF-8; a view on the input. */
  get text(): Uint8Array {
    const { textAt, textBytes } = this.#places;
    return this.#bytes.subarray(textAt, textAt + textBytes);
  }

  /** The length of each name in bytes, as uvarints one after another; a view on the input. */
  get nameLengths(): Uint8Array {
    return this.#bytes.subarray(this.#places.lengthsAt, this.#places.cmdlineLengthsAt);
  }

  /** For each command line 0 where there is none, else its length in bytes and one, as uvarints; a view on the input. */
  get cmdlineLengths(): Uint8Array {
    return this.#bytes.subarray(this.#places.cmdlineLengthsAt, this.#places.textAt);
  }

  /** Bytes of all names: the command lines begin behind them. */
  get namesBytes(): number {
    return this.#places.namesBytes;
  }

  /** Where each name ends in `text`; it begins where the one before it ends. */
  get nameEnds(): Uint32Array {
    if (this.#nameEnds === undefined) {
      this.#nameEnds = new Uint32Array(this.count);
      const run = { at: this.#places.lengthsAt, count: this.count, bias: 0, from: 0 } as const;
      sumLengths(this.#bytes, run, this.#nameEnds);
    }
    return this.#nameEnds;
  }

  /** Where each command line ends in `text`; the first begins where the last name ends. */
  get cmdlineEnds(): Uint32Array {
    if (this.#cmdlineEnds === undefined) {
      this.#cmdlineEnds = new Uint32Array(this.count);
      const { cmdlineLengthsAt, namesBytes } = this.#places;
      const run = { at: cmdlineLengthsAt, count: this.count, bias: 1, from: namesBytes } as const;
      sumLengths(this.#bytes, run, this.#cmdlineEnds);
    }
    return this.#cmdlineEnds;
  }

  /** 1 for each process that has a command line, be it an empty one. */
  get hasCmdline(): Uint8Array {
    if (this.#hasCmdline === undefined) {
      this.#hasCmdline = new Uint8Array(this.count);
      let at = this.#places.cmdlineLengthsAt;
      for (let i = 0; i < this.count; i++) {
        // A length of 0 is one zero byte: any other value begins with another byte.
        this.#hasCmdline[i] = this.#bytes[at]! === 0 ? 0 : 1;
        while (this.#bytes[at++]! >= 0x80);
      }
    }
    return this.#hasCmdline;
  }

  /** Typed arrays laid over the input where it is aligned for them, over a copy where not. */
  #numberColumns(): NumberColumns {
    if (this.#numbers === undefined) {
      const { count } = this;
      const view = this.#bytes.subarray(SNAPSHOT_FIXED_BYTES, SNAPSHOT_FIXED_BYTES + count * PROCESS_NUMBER_BYTES);
      const { buffer, byteOffset } = view.byteOffset % 4 === 0 ? view : view.slice();
      this.#numbers = {
        pid: new Uint32Array(buffer, byteOffset, count),
        cpuPct: new Float32Array(buffer, byteOffset + count * 4, count),
        rssHalves: new Uint32Array(buffer, byteOffset + count * 8, count * 2),
      };
    }
    return this.#numbers;
  }
}

/**
 * The resident memory of a process, of the halves in {@linkcode SnapshotColumns.rssHalves}.
 *
 * @example
 * ```ts
 * import { rssBytes } from "tidewire/snapshot";
 * rssBytes(Uint32Array.of(4096, 0), 0); // 4096
 * ```
 */
export function rssBytes(rssHalves: Uint32Array, i: number): Int64 {
  return int64(rssHalves[i * 2]!, rssHalves[i * 2 + 1]!);
}

/** Bytes that a length below 2^28 takes as a uvarint. */
export function uvarintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;
}
