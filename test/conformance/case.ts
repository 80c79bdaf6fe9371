import type { Compressor } from "../../src/ports/compressor.ts";

/** One case of the conformance suite: it passes when `run` returns and fails when it throws. */
export interface ConformanceCase {
  readonly name: string;
  run(): void | Promise<void>;
}

/** What a suite needs of the runtime that it runs in. */
export interface ConformanceRuntime {
  readonly name: string;
  /** Reads a file under `fixtures/`; the path is relative to it, with `/` between its parts. */
  readFixture(path: string): Promise<Uint8Array>;
  /** Names of the files right in a folder under `fixtures/`, sorted. */
  listFixtures(dir: string): Promise<string[]>;
  /** The runtime's own zstd. */
  compressor(): Promise<Compressor>;
}
