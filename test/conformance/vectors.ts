import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import type { ConformanceRuntime } from "./case.ts";

/** A stream of frames and what it means. */
export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** One row a frame: its offset, and either what it means or the `error` that a decoder must give. */
  readonly rows: readonly { readonly offset: number; readonly error?: string }[];
  readonly isGood: boolean;
}

/** The extension of the files with the bytes, where it is not that of this project's own captures. */
const EXTENSIONS: Readonly<Record<string, string>> = { zmtp: ".zmtp" };

const loaded = new WeakMap<ConformanceRuntime, Map<string, Promise<Vector[]>>>();

/** The vectors of a protocol: `fixtures/<protocol>/NAME.tide` (or the protocol's own extension) beside `NAME.json`, read once a runtime. */
export function vectorsOf(definition: ProtocolDefinition, runtime: ConformanceRuntime): Promise<Vector[]> {
  let byName = loaded.get(runtime);
  if (byName === undefined) {
    byName = new Map();
    loaded.set(runtime, byName);
  }
  let vectors = byName.get(definition.name);
  if (vectors === undefined) {
    vectors = load(definition.name, runtime);
    byName.set(definition.name, vectors);
  }
  return vectors;
}

async function load(folder: string, runtime: ConformanceRuntime): Promise<Vector[]> {
  const files = await runtime.listFixtures(folder);
  const extension = EXTENSIONS[folder] ?? ".tide";
  const names = files.filter((file) => file.endsWith(extension)).map((file) => file.slice(0, -extension.length));
  if (names.length === 0) throw new Error(`no vectors in fixtures/${folder}`);
  return Promise.all(
    names.map(async (name) => {
      const bytes = await runtime.readFixture(`${folder}/${name}${extension}`);
      const json = new TextDecoder().decode(await runtime.readFixture(`${folder}/${name}.json`));
      const rows: Vector["rows"] = JSON.parse(json);
      return { name, bytes, rows, isGood: rows.every(({ error }) => error === undefined) };
    }),
  );
}
