import { readdir, readFile } from "node:fs/promises";
import { describe, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import type { ConformanceRuntime } from "./case.ts";
import { conformanceCases } from "./suite.ts";
import { zstdCases } from "./zstd_cases.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);

const runtime: ConformanceRuntime = {
  name: "Node",
  async readFixture(path) {
    return new Uint8Array(await readFile(new URL(path, fixtures)));
  },
  async listFixtures(dir) {
    const entries = await readdir(new URL(`${dir}/`, fixtures), { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  },
  compressor: zstdCompressor,
};

describe("conformance on Node", () => {
  for (const one of [...conformanceCases(runtime), ...zstdCases(runtime)]) it(one.name, () => one.run(), 60_000);
});
