/** Frames of a capture as files of their own. */
import type { FrameRow, ProtocolDefinition } from "../protocols/definition.ts";
import { jsonLine } from "./json_line.ts";
import { PcapngWriter } from "./pcapng_writer.ts";

/** Raw frames; a line of JSON each; packets of TCP connections; raw frames and their rows, as fixtures are. */
export type ExportKind = "tide" | "jsonLines" | "pcapng" | "vector";

/** One frame, or bytes that are none, to write. */
export interface ExportedFrame {
  readonly bytes: Uint8Array;
  /** As `tidewire dump --json` has it: `offset`, and what the frame means or `error`. */
  readonly row: FrameRow;
  /** When it was sent, UTC; NaN where nothing says so. */
  readonly timeMs: number;
}

/** A file that an export writes. */
export interface ExportedFile {
  readonly extension: "tide" | "jsonl" | "json" | "pcapng";
  readonly mediaType: string;
}

const TIDE: ExportedFile = { extension: "tide", mediaType: "application/octet-stream" };
const FILES: Readonly<Record<ExportKind, readonly ExportedFile[]>> = {
  tide: [TIDE],
  jsonLines: [{ extension: "jsonl", mediaType: "application/x-ndjson" }],
  pcapng: [{ extension: "pcapng", mediaType: "application/x-pcapng" }],
  vector: [TIDE, { extension: "json", mediaType: "application/json" }],
};
/** Who is named in packets where a frame names no agent. */
const SOMEONE = "";
const DEFAULT_PORT = 7_400;
const UTF8 = new TextEncoder();

/**
 * Writes frames one by one, so that an export is never held as a whole. Each call gives what is to be appended, one piece for each
 * of `files`.
 *
 * @example
 * ```ts
 * const exported = new CaptureExport(SNAPSHOT_PROTOCOL, "jsonLines");
 * exported.files; // [{ extension: "jsonl", … }]
 * exported.begin(); // [nothing yet]
 * exported.add({ bytes, row: { offset: 0, error: "CRC_MISMATCH" }, timeMs: Number.NaN }); // [one line]
 * exported.end(); // [nothing more]
 * ```
 */
export class CaptureExport {
  readonly files: readonly ExportedFile[];
  readonly #definition: ProtocolDefinition;
  readonly #kind: ExportKind;
  readonly #packets: PcapngWriter;
  #offset = 0;

  constructor(definition: ProtocolDefinition, kind: ExportKind) {
    this.#definition = definition;
    this.#kind = kind;
    this.files = FILES[kind];
    this.#packets = new PcapngWriter(definition.ports[0] ?? DEFAULT_PORT);
  }

  /** What the files begin with. */
  begin(): readonly Uint8Array[] {
    switch (this.#kind) {
      case "pcapng":
        return [this.#packets.begin()];
      case "vector":
        return [NOTHING, UTF8.encode("[")];
      default:
        return [NOTHING];
    }
  }

  /** What a frame adds. In a vector its offset is that of the new file. */
  add({ bytes, row, timeMs }: ExportedFrame): readonly Uint8Array[] {
    const offset = this.#offset;
    this.#offset += bytes.length;
    switch (this.#kind) {
      case "tide":
        return [bytes];
      case "jsonLines":
        return [UTF8.encode(`${jsonLine(row)}\n`)];
      case "pcapng": {
        const agentId = row["agentId"];
        const client = typeof agentId === "string" ? agentId : SOMEONE;
        const fromServer = this.#definition.inspection?.isFromServer?.(row) ?? false;
        return [this.#packets.frame(client, !fromServer, timeMs, bytes)];
      }
      case "vector":
        return [bytes, UTF8.encode(`${offset === 0 ? "" : ","}${jsonLine({ ...row, offset })}`)];
    }
  }

  /** What the files end with. */
  end(): readonly Uint8Array[] {
    return this.#kind === "vector" ? [NOTHING, UTF8.encode("]")] : [NOTHING];
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
