import type { Compressor } from "../../src/ports/compressor.ts";
import { type ZstdScope, zstdCompressor } from "../zstd.ts";

/** Addresses of the library and its module, or both themselves where the page carries them. */
export type ZstdPlace =
  | { readonly type: "addresses"; readonly script: string; readonly wasm: string }
  | { readonly type: "carried"; readonly script: string; readonly wasm: ArrayBuffer };

/** The part of a worker's global that is used here; the DOM's own types have a window's. */
interface WorkerScope extends ZstdScope {
  importScripts(url: string): void;
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
    const scope = self as unknown as WorkerScope;
    const { script, wasm } = place.type === "addresses" ? place : blobsOf(place);
    // Served, the worker is a module and imports; carried, it is a plain script, as its decoder is.
    if (place.type === "addresses") await import(script);
    else scope.importScripts(script);
    if (scope.zstdLibrary === undefined) throw new Error("the decoder's script did not run");
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
