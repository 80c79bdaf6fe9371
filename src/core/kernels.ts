import type { Framing } from "./framing.ts";
import { CORE_WASM_BYTES, CORE_WASM_HEX } from "./wasm.generated.ts";
import { instantiate, type WasmGlobal, type WasmMemory } from "./web_assembly.ts";

/** What assembly/index.ts exports; the kernels are described there. */
interface WasmExports {
  readonly memory: WasmMemory;
  crc32(at: number, bytes: number, seed: number): number;
  scanFrames(begin: number, end: number): number;
  scanFlaggedFrames(begin: number, end: number, maxBodyBytes: number): number;
  findFrame(begin: number, end: number, isLast: boolean): number;
  searchedBytes(): number;
  acceptPart(partIndex: number, partCount: number, totalBytes: number, offset: number, bytes: number): number;
  utf8Kind(at: number, bytes: number): number;
  sumLengths(at: number, end: number, count: number, bias: number, total: number, endsAt: number): number;
  firstOutOfRank(valuesAt: number, idsAt: number, count: number): number;
  zstdContentBytes(at: number, bytes: number, maxContentBytes: number, maxWindowBytes: number): number;
  readonly FRAMING_AT: WasmGlobal;
  readonly FRAME_ROWS: WasmGlobal;
  readonly FRAME_ROW_BYTES: WasmGlobal;
  readonly FRAME_TABLE_AT: WasmGlobal;
  readonly INPUT_AT: WasmGlobal;
  readonly INPUT_BYTES: WasmGlobal;
  readonly MAX_PARTS: WasmGlobal;
  readonly RECORD_AT: WasmGlobal;
  readonly RESULT_AT: WasmGlobal;
  readonly STAGING_AT: WasmGlobal;
  readonly STAGING_BYTES: WasmGlobal;
}

/** Something whose state lies in one of the static regions and that must take it home before another uses the region. */
export interface Resident {
  evict(): void;
}

/** The module, its fixed views, and who has which region. One for each realm; not public. */
export class Kernels {
  readonly wasm: WasmExports;
  /** The hottest kernel, at hand without a look-up among the exports. */
  readonly crc32: WasmExports["crc32"];
  /** The whole memory. It never grows, so the views stay valid for good. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly input: Uint8Array;
  readonly stagingAt: number;
  readonly stagingBytes: number;
  readonly frameTableAt: number;
  readonly recordAt: number;
  readonly #framingWords: Int32Array;
  #framing: Framing | undefined;
  #frameTableResident: Resident | undefined;
  #recordResident: Resident | undefined;

  constructor(wasm: WasmExports) {
    this.wasm = wasm;
    this.crc32 = wasm.crc32;
    const { buffer } = wasm.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.input = new Uint8Array(buffer, wasm.INPUT_AT.value, wasm.INPUT_BYTES.value);
    this.stagingAt = wasm.STAGING_AT.value;
    this.stagingBytes = wasm.STAGING_BYTES.value;
    this.frameTableAt = wasm.FRAME_TABLE_AT.value;
    this.recordAt = wasm.RECORD_AT.value;
    this.#framingWords = new Int32Array(buffer, wasm.FRAMING_AT.value, 11);
  }

  /** Where `bytes` lie in the core's memory; what lies elsewhere is copied to the staging region, which it must fit. */
  place(bytes: Uint8Array): number {
    if (this.holds(bytes)) return bytes.byteOffset;
    this.bytes.set(bytes, this.stagingAt);
    return this.stagingAt;
  }

  /** True when `bytes` is a view of the core's own memory. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.bytes.buffer;
  }

  /** Puts a framing in force for the scan kernels. */
  useFraming(framing: Framing): void {
    if (this.#framing === framing) return;
    const words = this.#framingWords;
    // The order of the FRAMING_* offsets in assembly/layout.ts.
    words[0] = framing.lengthAt;
    words[1] = framing.lengthBytes;
    words[2] = Number(framing.lengthBigEndian);
    words[3] = framing.lengthAdds;
    words[4] = framing.crcBytes;
    words[5] = framing.crcAt;
    words[6] = Number(framing.crcBigEndian);
    words[7] = framing.crcFrom;
    words[8] = framing.crcToEnd;
    words[9] = framing.minFrameBytes;
    words[10] = framing.maxFrameBytes;
    this.#framing = framing;
  }

  /** Gives the frame table to `resident`; whoever had it takes its rows home first. */
  takeFrameTable(resident: Resident): void {
    if (this.#frameTableResident !== resident) this.#frameTableResident?.evict();
    this.#frameTableResident = resident;
  }

  /** The frame table has nothing of `resident` any more. */
  leaveFrameTable(resident: Resident): void {
    if (this.#frameTableResident === resident) this.#frameTableResident = undefined;
  }

  /** Gives the record region to `resident`; false if it had it already. */
  takeRecord(resident: Resident): boolean {
    if (this.#recordResident === resident) return false;
    this.#recordResident?.evict();
    this.#recordResident = resident;
    return true;
  }

  /** The record region has nothing of `resident` any more. */
  leaveRecord(resident: Resident): void {
    if (this.#recordResident === resident) this.#recordResident = undefined;
  }
}

let kernels: Kernels | undefined;

/** The realm's one instance, made at first use. */
export function loadKernels(): Kernels {
  if (kernels === undefined) {
    const bytes = Uint8Array.from({ length: CORE_WASM_BYTES }, (_, at) =>
      Number.parseInt(CORE_WASM_HEX.slice(2 * at, 2 * at + 2), 16),
    );
    kernels = new Kernels(instantiate(bytes) as WasmExports);
  }
  return kernels;
}
