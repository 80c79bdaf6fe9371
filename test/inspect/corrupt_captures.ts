import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../fixtures/corrupt/", import.meta.url);

/** What must be found in a damaged capture: see `fixtures/corrupt/README.md`. */
export interface Truth {
  readonly about: string;
  readonly protocol: string;
  readonly rows: readonly {
    readonly offset: number;
    readonly type?: string;
    readonly messageId?: string;
    readonly error?: string;
    readonly endOffset?: number;
  }[];
  readonly incomplete: readonly { readonly snapshotId: string; readonly missing: readonly number[] }[];
  readonly repeated: readonly number[];
}

export interface CorruptCapture {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly truth: Truth;
}

export const CORRUPT_CAPTURES: readonly CorruptCapture[] = readdirSync(folder)
  .filter((file) => file.endsWith(".tide"))
  .map((file) => ({
    name: file.slice(0, -".tide".length),
    bytes: new Uint8Array(readFileSync(new URL(file, folder))),
    truth: JSON.parse(readFileSync(new URL(file.replace(".tide", ".json"), folder), "utf8")),
  }));

/** A row of any kind as the truth has it. */
export function asTruth(row: Readonly<Record<string, unknown>>, endOffset: number | undefined): object {
  const { offset, type, messageId, error } = row;
  return error === undefined ? { offset, type, messageId } : { offset, error, endOffset };
}
