/** From what Snapshot messages carry to a decoded snapshot: the header guard, decompression, then the columns (spec §3). */
import { type FieldSink, zstdContentBytes } from "../../core/mod.ts";
import { ProtocolError } from "../../core/protocol_error.ts";
import type { Compressor } from "../../ports/compressor.ts";
import { decodeSnapshotColumns } from "./decode_snapshot.ts";
import { SnapshotError } from "./errors.ts";
import type { SnapshotColumns } from "./snapshot_columns.ts";

/**
 * The window that a zstd frame may ask for. Level 3 asks for at most 2 MiB; a decoder must hold 8 MiB at least
 * (RFC 8878 §3.1.1.1.2), so nothing that an honest sender makes is refused.
 */
const MAX_WINDOW_BYTES = 8 * 1024 * 1024;

/** How the content of a Snapshot is opened. */
export interface ContentOptions {
  readonly compressed: boolean;
  /** Needed for compressed content. */
  readonly compressor: Compressor | undefined;
  readonly maxSnapshotBytes: number;
  readonly sink?: FieldSink;
}

/**
 * Decodes the content of one unsegmented Snapshot, or of all parts put together.
 *
 * @throws SnapshotError PAYLOAD_TOO_LARGE (before any decompression), DECOMPRESSION_FAILED, PAYLOAD_MALFORMED
 *
 * @example
 * ```ts
 * import { encodeSnapshot, openSnapshot } from "tidewire/snapshot";
 * const bytes = encodeSnapshot({
 *   snapshotId: new Uint8Array(16), windowStartMs: 0, windowEndMs: 1000, cpuTotalPct: 3, selection: 0, memUsedBytes: 1,
 *   memTotalBytes: 2, processTotal: 1, extensions: [],
 *   processes: [{ pid: 1, name: "init", cpuPct: 3, rssBytes: 4096, cmdline: null }],
 * });
 * openSnapshot(bytes, { compressed: false, compressor: undefined, maxSnapshotBytes: 1_000 }).count; // 1
 * ```
 */
export function openSnapshot(content: Uint8Array, options: ContentOptions): SnapshotColumns {
  if (content.length > options.maxSnapshotBytes) {
    throw new SnapshotError("PAYLOAD_TOO_LARGE", `${content.length} bytes`, `at most ${options.maxSnapshotBytes}`);
  }
  return decodeSnapshotColumns(options.compressed ? decompressContent(content, options) : content, options.sink);
}

/**
 * The content of one zstd frame; its header is checked before anything is decompressed (spec §3).
 *
 * @throws SnapshotError PAYLOAD_TOO_LARGE, DECOMPRESSION_FAILED
 */
export function decompressContent(
  content: Uint8Array,
  { compressor, maxSnapshotBytes }: Pick<ContentOptions, "compressor" | "maxSnapshotBytes">,
): Uint8Array {
  const limits = { maxContentBytes: maxSnapshotBytes, maxWindowBytes: MAX_WINDOW_BYTES };
  const header = zstdContentBytes(content, limits);
  if (!header.ok) {
    // spec §3: a content size that is missing or too large is PAYLOAD_TOO_LARGE; what is no zstd can't be decompressed
    const tooLarge = ["contentSizeMissing", "contentTooLarge", "windowTooLarge"].includes(header.reason);
    throw new SnapshotError(
      tooLarge ? "PAYLOAD_TOO_LARGE" : "DECOMPRESSION_FAILED",
      `a zstd header refused as ${header.reason}`,
      `one that states at most ${maxSnapshotBytes} bytes`,
    );
  }
  if (compressor === undefined) {
    throw new SnapshotError("DECOMPRESSION_FAILED", "no zstd on this side", "a compressor", { side: "local" });
  }
  try {
    return compressor.decompress(content, header.contentBytes);
  } catch (error) {
    const found = error instanceof ProtocolError ? error.found : String(error);
    throw new SnapshotError("DECOMPRESSION_FAILED", found, `one zstd frame of ${header.contentBytes} bytes`);
  }
}
