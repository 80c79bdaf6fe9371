// The few names of the WebAssembly interface that the core needs. No type library that all three runtimes share has them
// without the rest of the DOM.

/** A memory of fixed size. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** An exported constant. */
export interface WasmGlobal {
  readonly value: number;
}

interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** Compiles and instantiates a module that imports nothing, and returns its exports. */
export function instantiate(bytes: Uint8Array): object {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;
  return new Instance(new Module(bytes)).exports;
}
