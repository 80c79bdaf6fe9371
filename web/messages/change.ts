/** Frames encoded again, edited and exported. */
import type { ExportKind } from "../../src/inspect/capture_export.ts";
import type { ChecksumView, FieldLine, ProblemView } from "./rows.ts";

export interface ReencodingView {
  readonly of: "frame" | "content";
  readonly isCanonical: boolean;
  readonly found: Uint8Array;
  readonly canonical: Uint8Array;
  readonly differences: readonly {
    readonly found: { readonly start: number; readonly end: number };
    readonly canonical: { readonly start: number; readonly end: number };
  }[];
}

export interface EditAsk {
  readonly capture: number;
  readonly row: number;
  /** The frame as it was edited so far. */
  readonly bytes: Uint8Array;
  readonly change:
    | { readonly type: "field"; readonly path: string; readonly value: string; readonly how: "encode" | "patch" }
    | { readonly type: "bytes"; readonly start: number; readonly end: number; readonly digits: string };
  /** Length and CRC made right, or left as they are. */
  readonly checks: "recompute" | "leave";
}

export interface EditView {
  readonly bytes: Uint8Array;
  readonly fields: readonly FieldLine[];
  readonly content: Uint8Array | undefined;
  readonly json: string;
  readonly problems: readonly ProblemView[];
  readonly checksum: ChecksumView | undefined;
}

export interface ExportedFiles {
  readonly files: readonly { readonly name: string; readonly blob: Blob }[];
  /** Frames of another protocol than the first one's. */
  readonly leftOut: number;
}

/** Encoding frames again, editing and exporting them. */
export interface ChangeCalls {
  reencode(ask: { readonly capture: number; readonly row: number }): readonly ReencodingView[];
  edit(ask: EditAsk): EditView;
  /** `rows` undefined: all that the list shows. */
  export(ask: {
    readonly capture: number;
    readonly rows: readonly number[] | undefined;
    readonly kind: ExportKind;
  }): ExportedFiles;
}
