import type { Compressor } from "../../src/ports/compressor.ts";
import { type ZstdLibrary, zstdCompressor } from "../zstd.ts";

/** The address of the library's module, or library and module themselves where the page carries them. */
export type ZstdPlace =
  | { readonly type: "served"; readonly wasm: string }
  | { readonly type: "carried"; readonly script: string; readonly wasm: ArrayBuffer };

/** The part of a worker's global that is used here; the DOM's own types have a window's. */
interface WorkerScope {
  importScripts(url: string): void;
  /** Once the carried script has run. */
  readonly zstdLibrary: ZstdLibrary;
}

let place: ZstdPlace | undefined;
let loading: Promise<Compressor | undefined> | undefined;
let failure = "";

/** Says where the zstd decoder is; it is loaded when the first capture is opened. */
export function placeZstd(where: ZstdPlace): void {
  place = where;
}

/** The decoder; nothing if it can't be loaded, and then {@linkcode zstdFailure} says why. */
export function zstdOrNothing(): Promise<Compressor | undefined> {
  loading ??= load();
  return loading;
}

/** Why compressed contents can't be shown; empty while they can. */
export function zstdFailure(): string {
  return failure;
}

async function load(): Promise<Compressor | undefined> {
  try {
    if (place === undefined) throw new Error("the page brought no decoder");
    if (place.type === "served") return await zstdCompressor(await import("./zstd_library.ts"), place.wasm);
    const { script, wasm } = blobsOf(place);
    const scope = self as unknown as WorkerScope;
    scope.importScripts(script);
    return await zstdCompressor(scope.zstdLibrary, wasm);
  } catch (error) {
    failure = `compressed contents can't be read: ${error instanceof Error ? error.message : String(error)}`;
    return undefined;
  }
}

function blobsOf({ script, wasm }: ZstdPlace & { readonly type: "carried" }): { script: string; wasm: string } {
  const url = (content: string | ArrayBuffer, type: string): string =>
    URL.createObjectURL(new Blob([content], { type }));
  return { script: url(script, "text/javascript"), wasm: url(wasm, "application/wasm") };
}
