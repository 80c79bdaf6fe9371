import type { Compressor } from "../../src/ports/compressor.ts";
import { zstdCompressor } from "../zstd.ts";

let wasm: string | ArrayBuffer | undefined;
let loading: Promise<Compressor | undefined> | undefined;
let failure = "";

/** Says where the zstd decoder is; it is loaded when the first capture is opened. */
export function placeZstd(place: string | ArrayBuffer): void {
  wasm = place;
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
    if (wasm === undefined) throw new Error("the page brought no decoder");
    const url = typeof wasm === "string" ? wasm : URL.createObjectURL(new Blob([wasm], { type: "application/wasm" }));
    return await zstdCompressor(url);
  } catch (error) {
    failure = `compressed contents can't be read: ${error instanceof Error ? error.message : String(error)}`;
    return undefined;
  }
}
