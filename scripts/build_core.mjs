// Compiles assembly/ and writes src/core/tidewire.wasm (raw) and src/core/wasm.generated.ts (in hex, with its SHA-256).
// `node scripts/build_core.mjs --check` writes nothing and fails if either file would differ by a byte.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WASM_PATH = "src/core/tidewire.wasm";
const MODULE_PATH = "src/core/wasm.generated.ts";

async function compile() {
  let wasm;
  const { error, stderr } = await asc.main(
    ["--config", "asconfig.json", "--target", "release", "--outFile", WASM_PATH],
    {
      writeFile: (_name, contents) => {
        wasm = contents;
      },
    },
  );
  const said = stderr.toString();
  if (error || wasm === undefined) throw new Error(`the core does not compile\n${said}`);
  if (said !== "") throw new Error(`the compiler has something to say\n${said}`);
  return wasm;
}

function moduleText(wasm) {
  const sha256 = createHash("sha256").update(wasm).digest("hex");
  return [
    "// Generated from assembly/ by `node scripts/build_core.mjs`: change it there, not here.",
    "",
    `export const CORE_WASM_BYTES: number = ${wasm.length};`,
    `export const CORE_SHA256: string = "${sha256}";`,
    // In hex, not base64: larger as it stands, a fifth smaller once compressed, because bytes that repeat look alike.
    `export const CORE_WASM_HEX: string = "${Buffer.from(wasm).toString("hex")}";`,
    "",
  ].join("\n");
}

process.chdir(ROOT);
const wasm = await compile();
const outputs = [
  [WASM_PATH, Buffer.from(wasm)],
  [MODULE_PATH, Buffer.from(moduleText(wasm))],
];

if (process.argv.includes("--check")) {
  for (const [path, built] of outputs) {
    const committed = await readFile(path).catch(() => Buffer.alloc(0));
    if (!committed.equals(built)) {
      console.error(
        `${path} is not what assembly/ compiles to: run \`node scripts/build_core.mjs\` and commit the result`,
      );
      process.exitCode = 1;
    }
  }
} else {
  for (const [path, built] of outputs) await writeFile(path, built);
  console.log(`${WASM_PATH}: ${wasm.length} bytes`);
}
