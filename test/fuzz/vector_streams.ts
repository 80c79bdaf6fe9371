import { readdirSync, readFileSync } from "node:fs";

/** The streams of the snapshot protocol's vectors, for a Node process that stands in the project's folder. */
export function vectorStreams(): Uint8Array[] {
  const folder = "fixtures/snapshot";
  const names = readdirSync(folder).filter((name) => name.endsWith(".tide"));
  return names.sort().map((name) => new Uint8Array(readFileSync(`${folder}/${name}`)));
}
