import { readdirSync, readFileSync } from "node:fs";

/** The streams of a protocol's vectors, for a Node process that stands in the project's folder. */
export function vectorStreams(protocol: "snapshot" | "zmtp" = "snapshot"): Uint8Array[] {
  const folder = `fixtures/${protocol}`;
  const names = readdirSync(folder).filter((name) => name.endsWith(".tide") || name.endsWith(".zmtp"));
  return names.sort().map((name) => new Uint8Array(readFileSync(`${folder}/${name}`)));
}
