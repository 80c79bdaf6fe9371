import { LINGER_MS, MAX_UNSENT_BYTES } from "../../deno/connection_limits.ts";
import { FileStore, type FileStoreEvent, type FileStoreLimits } from "../../deno/file_store.ts";
import { Ingest, type IngestLimits } from "../../src/ingest/mod.ts";
import type { Compressor, SnapshotStore } from "../../src/ports/mod.ts";
import type { StoreDisk } from "../../src/ports/store_disk.ts";
import { PLATFORM_LINUX, type ServerSessionOptions } from "../../src/protocols/snapshot/mod.ts";
import type { Env } from "./env.ts";
import type { Ledger } from "./ledger.ts";
import type { Link, LinkEnd } from "./link.ts";
import type { Prng } from "./prng.ts";
import { ProcessClock, type WallClock } from "./process_clock.ts";
import type { Task } from "./scheduler.ts";
import { checkBuffers } from "./server_buffers.ts";
import { ServerWatch } from "./server_watch.ts";
import type { StoreAudit } from "./store_audit.ts";
import { type DiskMood, VirtualDisk } from "./virtual_disk.ts";
import type { VirtualFolder } from "./virtual_folder.ts";

/** What a server is set to for one life. */
export interface ServerSettings {
  readonly session: Omit<ServerSessionOptions, "entropy" | "utcOffsetMs" | "platform">;
  readonly limits: IngestLimits;
  readonly store: FileStoreLimits;
}

export interface SimServerOptions {
  readonly env: Env;
  readonly random: Prng;
  readonly ledger: Ledger;
  readonly audit: StoreAudit;
  readonly folder: VirtualFolder;
  readonly mood: DiskMood;
  readonly wall: WallClock;
  /** Reads and writes compressed snapshots; every store needs one. */
  readonly compressor: Compressor;
  /** Drawn anew for each life. */
  readonly settings: (random: Prng) => ServerSettings;
  readonly wrapDisk: (disk: StoreDisk) => StoreDisk;
  readonly wrapStore: (store: SnapshotStore) => SnapshotStore;
}

const CLOCK_CHECK_MS = 1_000;
const CLOCK_JUMP_MS = 100;
const RETENTION_CHECK_MS = 60_000;
const DRAIN_TIMEOUT_MS = 10_000;

/** One life of the server's process: what the Deno host does, on virtual transports, time and disk. */
export class ServerLife {
  readonly label: string;
  readonly settings: ServerSettings;
  isOver = false;
  isServing = false;
  isDraining = false;
  readonly ingest: Ingest;
  readonly #o: SimServerOptions;
  readonly #clock: ProcessClock;
  readonly #disk: VirtualDisk;
  readonly #links = new Map<number, Link>();
  readonly #byAddress = new Map<string, Link>();
  readonly #onEnded: () => void;
  readonly #watch: ServerWatch;
  #files: FileStore | undefined;
  #store: SnapshotStore | undefined;
  #utcOffsetMs: number;
  #timer: Task | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  /** @param onEnded told when it ends by itself: its store can't be opened, or it has drained */
  constructor(options: SimServerOptions, life: number, onEnded: () => void) {
    this.#o = options;
    this.label = `server/${life}`;
    this.#onEnded = onEnded;
    this.#watch = new ServerWatch(options.env, options.ledger, this.label);
    const { env, random, wall, folder, mood, audit } = options;
    this.settings = options.settings(random);
    this.#clock = new ProcessClock(env.scheduler, wall, random);
    this.#utcOffsetMs = this.#offset();
    this.#disk = new VirtualDisk({ env, folder, mood, audit, random });
    this.ingest = new Ingest({
      session: { ...this.settings.session, entropy: random, utcOffsetMs: this.#utcOffsetMs, platform: PLATFORM_LINUX },
      limits: this.settings.limits,
      reportStored: true,
    });
    this.#recover().catch((error: unknown) => {
      if (this.isOver) return;
      env.note(this.label, () => `can't use its store: ${error}`);
      env.counts.add("server start failed");
      this.end(false, false);
      this.#onEnded();
    });
    env.scheduler.hasPromises = true;
    this.#every(CLOCK_CHECK_MS, () => this.#checkClock());
    this.#every(RETENTION_CHECK_MS, () => void this.#files?.applyRetention());
  }

  /** Gone at once. */
  end(losesPower: boolean, withHoles: boolean): void {
    this.isOver = true;
    this.isServing = false;
    this.#o.env.scheduler.cancel(this.#timer);
    this.#disk.end(losesPower, withHoles);
    for (const link of this.#links.values()) link.vanish("server", losesPower);
    this.#links.clear();
  }

  /** Drains, within its bound. */
  stop(): void {
    if (!this.isServing || this.isDraining) return;
    this.isDraining = true;
    this.#o.env.scheduler.after(DRAIN_TIMEOUT_MS, () => {
      for (const [connId, link] of this.#links) this.#abort(connId, link, "aborted");
    });
    this.#o.env.scheduler.after(DRAIN_TIMEOUT_MS + 500, () => void this.#finish());
    this.ingest.stop(this.#nowMs());
    this.#pump();
  }

  accept(link: Link): boolean {
    if (!this.isServing || this.isDraining) return false;
    const connId = link.id;
    const address = `10.0.0.1:${link.id}`;
    if (!this.ingest.opened(connId, address, this.#nowMs())) return false;
    this.#links.set(connId, link);
    this.#byAddress.set(address, link);
    link.attach("server", this.#end(connId, link));
    this.#pump();
    return true;
  }

  #end(connId: number, link: Link): LinkEnd {
    return {
      onChunk: (chunk) => {
        if (this.isOver) return;
        const dropped = this.#turnedAway();
        this.ingest.receive(connId, chunk, this.#nowMs());
        // Nothing else lets them grow.
        checkBuffers(this.#o.env, this.label, this.ingest, this.settings.limits);
        // What is turned away comes again, behind what came after it.
        if (this.#turnedAway() !== dropped) link.onDisplaced();
        this.#pump();
      },
      onTaken: () => {},
      onClosed: (reason) => this.#closed(connId, reason),
    };
  }

  async #recover(): Promise<void> {
    const { env, compressor, wrapDisk, wrapStore } = this.#o;
    const disk = wrapDisk(this.#disk);
    const onEvent = (event: FileStoreEvent): void => this.#tellStore(event);
    const clock = this.#clock;
    this.#files = await FileStore.open({ disk, clock, compressor, limits: this.settings.store, onEvent });
    this.#store = wrapStore(this.#files);
    let snapshots = 0;
    for await (const { agentId, snapshotId } of this.#store.storedIds()) {
      this.ingest.index.remember(agentId, snapshotId);
      snapshots++;
    }
    if (this.isOver) return;
    env.note(this.label, () => `serves, knows ${snapshots} snapshots in ${this.#files!.fileCount} files`);
    env.counts.add("server lives");
    this.isServing = true;
  }

  #tellStore(event: FileStoreEvent): void {
    const { env } = this.#o;
    env.counts.add(`store ${event.type}`);
    env.note(this.label, () => `store ${JSON.stringify(event)}`);
  }

  #pump(): void {
    if (this.isOver) return;
    this.#storeNext();
    this.#flush();
    for (let event = this.ingest.nextEvent(); event !== undefined; event = this.ingest.nextEvent()) {
      this.#watch.take(event, (address) => this.#byAddress.get(address));
    }
    this.#schedule();
    if (this.ingest.isDrained) void this.#finish();
  }

  #storeNext(): void {
    const batch = this.ingest.takeBatch(this.#nowMs());
    if (batch === undefined) return;
    const { env } = this.#o;
    env.note(this.label, () => `stores batch ${batch.id} of ${batch.records.length}`);
    env.scheduler.hasPromises = true;
    this.#store!.append(batch.records).then(
      () => this.#batchDone(batch.id, undefined),
      (error: unknown) => this.#batchDone(batch.id, error ?? new Error("no reason")),
    );
  }

  #flush(): void {
    for (let connId = this.ingest.nextDirty(); connId !== undefined; connId = this.ingest.nextDirty()) {
      const link = this.#links.get(connId);
      const output = this.ingest.takeOutput(connId);
      if (link === undefined) continue;
      if (output.length > 0) link.write("server", output);
      const unsentBytes = link.unreadBytes("server") - link.shape.bufferBytes;
      this.#o.env.counts.max("max unsent bytes", unsentBytes);
      if (unsentBytes > MAX_UNSENT_BYTES) this.#abort(connId, link, "slow-reader");
      else if (this.ingest.isClosing(connId)) this.#endTransport(connId, link);
    }
  }

  #endTransport(connId: number, link: Link): void {
    link.finish("server");
    this.#o.env.scheduler.after(LINGER_MS, () => {
      if (this.#links.get(connId) === link) this.#abort(connId, link, "lingered");
    });
  }

  #abort(connId: number, link: Link, reason: string): void {
    link.close("server");
    // The host hears of it from the read that ends, in a step of its own.
    this.#o.env.scheduler.after(0, () => this.#closed(connId, reason));
  }

  #closed(connId: number, reason: string): void {
    if (this.isOver || !this.#links.has(connId)) return;
    this.#links.get(connId)!.close("server");
    this.#links.delete(connId);
    this.ingest.closed(connId, this.#nowMs(), reason);
    this.#pump();
  }

  #batchDone(batchId: number, error: unknown): void {
    if (this.isOver) return;
    try {
      if (error === undefined) this.ingest.batchStored(batchId, this.#nowMs(), () => this.#storeNext());
      else this.ingest.batchFailed(batchId, error, this.#nowMs());
      this.#pump();
    } catch (thrown) {
      this.#o.env.violate("nothing throws", (thrown as Error).stack ?? String(thrown));
    }
  }

  async #finish(): Promise<void> {
    if (this.isOver || !this.isServing) return;
    this.isServing = false;
    this.#o.env.scheduler.hasPromises = true;
    await this.#store!.close();
    if (this.isOver) return;
    this.#o.env.note(this.label, () => "has stopped");
    this.end(false, false);
    this.#onEnded();
  }

  #schedule(): void {
    const nextMs = this.ingest.nextTimeoutMs();
    if (nextMs === undefined || nextMs >= this.#timerAtMs) return;
    const { env, random } = this.#o;
    env.scheduler.cancel(this.#timer);
    const nowMs = this.#nowMs();
    const lateMs = random.chance(0.1) ? random.between(-1, 20) : 0;
    const sleepMs = Math.max(0.01, Math.ceil(Math.max(0, nextMs - nowMs)) + lateMs);
    this.#timerAtMs = nowMs + sleepMs;
    this.#timer = env.scheduler.after(sleepMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.ingest.onTimeout(this.#nowMs());
      this.#pump();
    });
  }

  #every(intervalMs: number, run: () => void): void {
    this.#o.env.scheduler.after(intervalMs, () => {
      if (this.isOver) return;
      run();
      this.#every(intervalMs, run);
    });
  }

  #checkClock(): void {
    const offsetMs = this.#offset();
    if (Math.abs(offsetMs - this.#utcOffsetMs) < CLOCK_JUMP_MS) return;
    this.#utcOffsetMs = offsetMs;
    this.ingest.setUtcOffset(offsetMs, this.#nowMs());
  }

  #turnedAway(): number {
    const { snapshotsDropped } = this.ingest.metrics;
    return snapshotsDropped.value("queue-full") + snapshotsDropped.value("agent-queue-full");
  }

  #nowMs(): number {
    return this.#clock.monotonicMs();
  }

  #offset(): number {
    return this.#clock.utcMs() - this.#clock.monotonicMs();
  }
}
