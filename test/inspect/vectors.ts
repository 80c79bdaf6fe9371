import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../fixtures/snapshot/", import.meta.url));

export interface Vector {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly rows: readonly { readonly offset: number; readonly error?: string }[];
}

export function vector(name: string): Vector {
  const bytes = new Uint8Array(readFileSync(`${folder}${name}.tide`));
  return { name, bytes, rows: JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) };
}

export const VECTORS: readonly Vector[] = readdirSync(folder)
  .filter((file) => file.endsWith(".tide"))
  .map((file) => vector(file.slice(0, -".tide".length)));
