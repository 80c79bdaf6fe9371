import { zstdCompressor } from "../../deno/zstd.ts";
import type { ConformanceRuntime } from "../conformance/case.ts";
import { conformanceCases } from "../conformance/suite.ts";
import { zstdCases } from "../conformance/zstd_cases.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);

const runtime: ConformanceRuntime = {
  name: "Deno",
  readFixture: (path) => Deno.readFile(new URL(path, fixtures)),
  async listFixtures(dir) {
    const names: string[] = [];
    for await (const entry of Deno.readDir(new URL(`${dir}/`, fixtures))) if (entry.isFile) names.push(entry.name);
    return names.sort();
  },
  compressor: () => Promise.resolve(zstdCompressor()),
};

for (const one of [...conformanceCases(runtime), ...zstdCases(runtime)]) {
  Deno.test(`conformance on Deno: ${one.name}`, () => one.run());
}
