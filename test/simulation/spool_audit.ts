import type { SpoolLimits } from "../../src/agent/spool_options.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import { decodeControl } from "../../src/protocols/snapshot/decode_control.ts";
import { decodeEnvelope } from "../../src/protocols/snapshot/mod.ts";
import type { Env } from "./env.ts";
import { FileAudit, type Stood } from "./file_audit.ts";
import { type Entry, type Ledger, name } from "./ledger.ts";
import { frameAt, snapshotAt } from "./stored_frames.ts";
import type { VirtualFile, VirtualFolder } from "./virtual_folder.ts";

/** A snapshot of a spool, or the word of how one has ended. */
interface SpooledRecord extends Stood {
  readonly number: number;
  /** Nothing for an ending. */
  readonly entry: Entry | undefined;
  readonly utcMs: number;
}

/** What is written at once: so much room is made before there is too much. */
const GROUP_BYTES = 65_536;
/** Words of how snapshots have ended, and what a failed write has left at the end of a file. */
const SLACK_BYTES = 131_072;
/** Where a message id of a spool carries its record's number. */
const NUMBER_AT = 8;

/** What a spool's audit looks at. */
export interface SpoolAuditOptions {
  readonly env: Env;
  readonly ledger: Ledger;
  readonly compressor: Compressor;
  readonly folder: VirtualFolder;
  readonly agentId: string;
  readonly limits: SpoolLimits;
  /** The latest that the machine's clock has ever said it is. */
  readonly latestUtcMs: () => number;
}

/** Reads what is durable in one agent's spool, with none of its own code. */
export class SpoolAudit extends FileAudit<SpooledRecord> {
  readonly #o: SpoolAuditOptions;

  constructor(options: SpoolAuditOptions) {
    super();
    this.#o = options;
  }

  /** What stands there and has not ended, oldest first. */
  unended(): Entry[] {
    const ended = new Set<number>();
    const open = new Map<number, Entry>();
    for (const { number, entry } of this.standing()) {
      if (entry === undefined) ended.add(number);
      else open.set(number, entry);
    }
    const numbers = [...open.keys()].filter((number) => !ended.has(number));
    return numbers.sort((a, b) => a - b).map((number) => open.get(number)!);
  }

  /** Of the files with snapshots to send. */
  get usedBytes(): number {
    let bytes = 0;
    for (const file of this.#o.folder.files.values()) if (isSpoolFile(file)) bytes += file.length;
    return bytes;
  }

  /** All that it may use. */
  get maxBytes(): number {
    return this.#o.limits.maxBytes + SLACK_BYTES;
  }

  protected recordAt(file: VirtualFile, at: number): SpooledRecord | undefined {
    const frame = frameAt(file.bytes, at);
    if (frame === undefined) return undefined;
    const decoded = decodeEnvelope(frame);
    if (decoded.envelope.type === "ack") {
      const message = decodeControl(frame, decoded);
      if (message.type !== "ack") return undefined;
      return { number: numberIn(message.payload.ackedId), entry: undefined, utcMs: 0, end: at + frame.length };
    }
    const found = snapshotAt(file.bytes, at, this.#o.compressor);
    if (found === undefined) return undefined;
    const entry = this.#o.ledger.find(found.snapshotId);
    const isSame = entry?.agentId === found.agentId && Buffer.compare(found.payload, entry.payload) === 0;
    if (entry === undefined || !isSame) {
      this.#o.env.violate("what is spooled was sampled", `${file.name} at ${at} holds what its agent has not sampled`);
      return undefined;
    }
    return { number: numberIn(found.messageId), entry, utcMs: found.timestampUtcMs, end: found.end };
  }

  protected came({ entry }: SpooledRecord): void {
    if (entry === undefined) return;
    entry.spoolCopies++;
    entry.isLetGo = false;
  }

  protected cut({ entry }: SpooledRecord, why: string): void {
    if (entry === undefined || --entry.spoolCopies > 0 || entry.fate !== "kept") return;
    this.#o.env.violate("what is spooled is kept", `${name(entry)} is gone from its spool: ${why}`);
  }

  protected removedByOwner(file: VirtualFile, records: readonly SpooledRecord[]): void {
    const kept: Entry[] = [];
    for (const { entry } of records) {
      if (entry === undefined || --entry.spoolCopies > 0) continue;
      entry.isLetGo = true;
      if (entry.fate === "kept") kept.push(entry);
    }
    if (kept.length === 0 || !isSpoolFile(file)) return;
    this.#o.env.counts.add("spool dropped", kept.length);
    if (this.#isOver || this.#isOld(records)) return;
    const what = `${file.name} with ${kept.length} snapshots from ${name(kept[0]!)} on`;
    this.#o.env.violate("what is spooled is kept", `${what} is removed, and is neither too much nor too old`);
  }

  /** There is, or would be with what comes next, more than there may be. */
  get #isOver(): boolean {
    const { drop, maxBytes } = this.#o.limits;
    return drop === "oldest" && this.usedBytes + GROUP_BYTES > maxBytes;
  }

  #isOld(records: readonly SpooledRecord[]): boolean {
    const newestMs = Math.max(...records.map(({ entry, utcMs }) => (entry === undefined ? 0 : utcMs)));
    return newestMs < this.#o.latestUtcMs() - this.#o.limits.maxAgeMs;
  }
}

function isSpoolFile({ name }: VirtualFile): boolean {
  return name.startsWith("spool-");
}

function numberIn(messageId: Uint8Array): number {
  return Number(new DataView(messageId.buffer, messageId.byteOffset).getBigUint64(NUMBER_AT));
}
