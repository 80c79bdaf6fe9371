import { type FileHandle, open } from "node:fs/promises";
import { type AgentOverview, agentOverview } from "../../ingest/mod.ts";
import { CaptureReader } from "../../inspect/mod.ts";
import { snapshotRowOf } from "../../inspect/snapshot_row.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Compressor } from "../../ports/compressor.ts";
import { SNAPSHOT_PROTOCOL } from "../../protocols/snapshot/protocol.ts";
import { type StoredFile, storeFiles } from "../store_files.ts";
import type { OverviewFeed, Overviews } from "./overview_source.ts";

const CHUNK_BYTES = 262_144;
/** Agents that are remembered; beyond, the one that was silent for longest is forgotten. */
const MAX_AGENTS = 100_000;

/** A file that is read as it grows. */
interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  reader: CaptureReader;
  /** Where in the file the reader began. */
  readerStart: number;
  offset: number;
}

/** What stands in a store's folder, followed while a server writes there; agents that were silent for long are left out. */
export class StoreFeed implements OverviewFeed {
  readonly name: string;
  readonly #folder: string;
  readonly #silentMs: number;
  readonly #clock: Clock;
  readonly #compressor: Compressor;
  readonly #buffer: Uint8Array = new Uint8Array(CHUNK_BYTES);
  /** The one that was silent for longest comes first. */
  readonly #latest = new Map<string, AgentOverview>();
  #file: OpenFile | undefined;

  /** @param silentMs an agent that was not heard of for so long is not shown */
  constructor(folder: string, silentMs: number, clock: Clock, compressor: Compressor) {
    this.name = folder;
    this.#folder = folder;
    this.#silentMs = silentMs;
    this.#clock = clock;
    this.#compressor = compressor;
  }

  async read(): Promise<Overviews> {
    const oldestMs = this.#clock.utcMs() - this.#silentMs;
    const files = (await storeFiles(this.#folder)).filter(({ lastMs }) => lastMs >= oldestMs);
    await this.#follow(files);
    const agents = [...this.#latest.values()].filter(({ lastSeenMs }) => lastSeenMs >= oldestMs);
    return { agents, total: agents.length };
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  /** Reads what is new in the file that was last read, and all of the files behind it. */
  async #follow(files: readonly StoredFile[]): Promise<void> {
    const current = files.findIndex(({ path }) => path === this.#file?.path);
    if (current >= 0) await this.#readOn(this.#file!, files[current]!.bytes);
    for (const { path, bytes } of files.slice(current + 1)) {
      await this.close();
      const handle = await open(path, "r");
      this.#file = { path, handle, reader: this.#newReader(), readerStart: 0, offset: 0 };
      await this.#readOn(this.#file, bytes);
    }
  }

  /** @param bytes as many as the file had when it was looked at: what comes later is read the next time */
  async #readOn(file: OpenFile, bytes: number): Promise<void> {
    const decided = file.readerStart + file.reader.offset;
    if (decided < file.offset || bytes < file.offset) {
      // What was in the middle of a frame is read again: a server that starts anew cuts off what was torn.
      file.readerStart = decided <= bytes ? decided : 0;
      file.offset = file.readerStart;
      file.reader = this.#newReader();
    }
    while (file.offset < bytes) {
      const wanted = Math.min(CHUNK_BYTES, bytes - file.offset);
      const { bytesRead } = await file.handle.read(this.#buffer, 0, wanted, file.offset);
      if (bytesRead === 0) return;
      file.offset += bytesRead;
      file.reader.push(this.#buffer.subarray(0, bytesRead));
      for (let item = file.reader.next(); item !== undefined; item = file.reader.next()) {
        if (item.type === "frame") this.#take(item.row);
      }
    }
  }

  #newReader(): CaptureReader {
    return new CaptureReader(SNAPSHOT_PROTOCOL, { compressor: this.#compressor });
  }

  #take(frame: Parameters<typeof snapshotRowOf>[0]): void {
    const row = snapshotRowOf(frame);
    if (row?.payload === undefined) return;
    const { agentId, timestampUtcMs } = row;
    const known = this.#latest.get(agentId);
    // What an agent kept while it was cut off comes late, and is not how it looks now.
    if (known !== undefined && known.windowEndMs > row.payload.windowEndMs) return;
    this.#latest.delete(agentId);
    this.#latest.set(agentId, agentOverview(agentId, Number(timestampUtcMs), row.payload));
    if (this.#latest.size > MAX_AGENTS) this.#latest.delete(this.#latest.keys().next().value!);
  }
}
