import * as zstdLibrary from "@bokuweb/zstd-wasm";
import { zstdCompressor } from "../../../web/zstd.ts";
import type { ConformanceRuntime } from "../../conformance/case.ts";
import { conformanceCases } from "../../conformance/suite.ts";
import { zstdCases } from "../../conformance/zstd_cases.ts";
import { type ZmtpPlace, zmtpCases } from "./zmtp_cases.ts";

/** What the page tells the runner of one case. */
export interface PageResult {
  readonly name: string;
  readonly ms: number;
  /** The stack, or what was thrown; absent when the case passed. */
  readonly failure?: string;
}

async function fetched(path: string): Promise<Response> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response;
}

const runtime: ConformanceRuntime = {
  name: "Chromium",
  readFixture: async (path) => new Uint8Array(await (await fetched(`/fixtures/${path}`)).arrayBuffer()),
  listFixtures: async (dir) => (await (await fetched(`/fixtures/${dir}/`)).json()) as string[],
  compressor: () => zstdCompressor(zstdLibrary, "/zstd.wasm"),
};

async function runAll(): Promise<void> {
  const { report, done } = globalThis as unknown as {
    report(result: PageResult): Promise<void>;
    done(): Promise<void>;
  };
  const places = JSON.parse(new URL(location.href).searchParams.get("zmtp") ?? "[]") as ZmtpPlace[];
  for (const one of [...conformanceCases(runtime), ...zstdCases(runtime), ...zmtpCases(places)]) {
    const startMs = performance.now();
    let failure: string | undefined;
    try {
      await one.run();
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const ms = performance.now() - startMs;
    await report(failure === undefined ? { name: one.name, ms } : { name: one.name, ms, failure });
  }
  await done();
}

void runAll();
