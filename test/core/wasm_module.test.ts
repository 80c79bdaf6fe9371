import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CORE_SHA256, crc32, loadCore } from "../../src/core/mod.ts";
import { CORE_WASM_BYTES, CORE_WASM_HEX } from "../../src/core/wasm.generated.ts";

interface WasmModule {
  imports(module: object): readonly object[];
}

const raw = readFileSync("src/core/tidewire.wasm");
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: (new (bytes: Uint8Array) => object) & WasmModule };
};

test("the generated module carries the raw file, and the SHA-256 is its own", () => {
  expect(Buffer.from(CORE_WASM_HEX, "hex").equals(raw)).toBe(true);
  expect(CORE_WASM_BYTES).toBe(raw.length);
  expect(createHash("sha256").update(raw).digest("hex")).toBe(CORE_SHA256);
});

test("a rebuild gives the same bytes", () => {
  execFileSync(process.execPath, ["scripts/build_core.mjs", "--check"], { stdio: "pipe" });
}, 60_000);

test("imports nothing", () => {
  expect(WebAssembly.Module.imports(new WebAssembly.Module(raw))).toEqual([]);
});

test("its memory is at most 4 MiB and can't grow", () => {
  const memory = loadCore().memory as unknown as { buffer: ArrayBuffer; grow(pages: number): number };
  const { buffer } = memory;
  expect(buffer.byteLength).toBeLessThanOrEqual(4 * 1_048_576);
  expect(() => memory.grow(1)).toThrow();
  crc32(new Uint8Array(3_000_000));
  expect(memory.buffer).toBe(buffer);
});

test("there is one core, and its regions stay where they are", () => {
  expect(loadCore()).toBe(loadCore());
  expect(loadCore().input.length).toBe(1_048_576 + 65_536);
  expect(loadCore().input.buffer).toBe(loadCore().memory.buffer);
});
