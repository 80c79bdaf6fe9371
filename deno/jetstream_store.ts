/**
 * A store for more than one server: snapshots as messages of a NATS JetStream stream.
 *
 * - A record is a message on `<prefix>.<agent>`; its body is the record's frames, one after another. *Stored* is the
 *   stream's PubAck. How much that is worth is the stream's setting: see {@linkcode judgeStream} and `docs/cluster.md`.
 * - The stream keeps each `Nats-Msg-Id` once for its dedupe window. What is older is known from the stream itself: a
 *   server reads all ids at start and then follows what any server stores. It publishes nothing before it knows what the
 *   stream held at most {@linkcode FRESH_MS} ago, so the window has to cover only the time since.
 *
 * @module
 */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { SnapshotRecord, SnapshotStore, StoredId } from "../src/ports/mod.ts";
import { formatAddress } from "./http_server.ts";
import type { JetstreamAddress } from "./jetstream_address.ts";
import { type FollowedStream, JetstreamFollower, readStoredIds } from "./jetstream_follower.ts";
import { JetstreamPublisher } from "./jetstream_publisher.ts";
import { DEDUPE_WINDOW_MS, judgeStream, maxMessageBytes, openStream, StreamUnfit } from "./jetstream_stream.ts";
import type { NatsAccess } from "./nats_access.ts";
import { ignoreStrayResets } from "./stray_resets.ts";

/** How old the knowledge of what the stream holds may be: a quarter of the window leaves room for the publishing. */
const FRESH_MS = DEDUPE_WINDOW_MS / 4;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 250;
/** How long one batch is tried by itself: the stream's elections take up to some 10 s. */
const PATIENCE_MS = 15_000;
/** A stream of a cluster that has just begun has no leader for some seconds. */
const OPEN_TIMEOUT_MS = 15_000;
const OPEN_RETRY_MS = 500;
/** How often the reading at start says how far it is. */
const PROGRESS_MS = 2_000;

/** What the store does by itself, for the log. */
export type JetstreamStoreEvent =
  | { readonly type: "streamOpened"; readonly stream: string; readonly server: string; readonly replicas: number }
  | { readonly type: "streamWarning"; readonly stream: string; readonly detail: string }
  | { readonly type: "recovering"; readonly records: number }
  | { readonly type: "storeDisconnected"; readonly server: string }
  | { readonly type: "storeReconnected"; readonly server: string };

/** The ids of what is stored, as the engine keeps them. */
export interface StoredIndex {
  has(agentId: string, snapshotId: Uint8Array): boolean;
  remember(agentId: string, snapshotId: Uint8Array): void;
}

/** What a {@linkcode JetstreamStore} is made of. */
export interface JetstreamStoreOptions {
  readonly address: JetstreamAddress;
  /** How it is spoken to; in plaintext and by nobody in particular when left out. */
  readonly access?: NatsAccess;
  /** Kept up to date with what all servers store. */
  readonly index: StoredIndex;
  readonly onEvent: (event: JetstreamStoreEvent) => void;
  readonly monotonicMs: () => number;
  /** 15 s when left out. */
  readonly patienceMs?: number;
}

/** A {@linkcode SnapshotStore} in a stream. Open one with {@linkcode JetstreamStore.open}. */
export class JetstreamStore implements SnapshotStore {
  readonly #options: JetstreamStoreOptions;
  readonly #connection: NatsConnection;
  readonly #source: FollowedStream;
  readonly #publisher: JetstreamPublisher;
  readonly #follower: JetstreamFollower;
  readonly #heedResets: () => void;
  #following: Promise<void> = Promise.resolve();
  #isConnected = true;
  #freshAtMs = Number.NEGATIVE_INFINITY;
  #appending: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: JetstreamStoreOptions, opened: OpenedStream, heedResets: () => void) {
    this.#heedResets = heedResets;
    const { stream, subjectPrefix } = options.address;
    this.#options = options;
    this.#connection = opened.connection;
    this.#source = { client: opened.client, manager: opened.manager, stream, subjectPrefix };
    this.#follower = new JetstreamFollower(this.#source, ({ agentId, snapshotId }) =>
      options.index.remember(agentId, snapshotId),
    );
    this.#publisher = new JetstreamPublisher({
      client: opened.client,
      stream,
      subjectPrefix,
      maxMessageBytes: opened.maxMessageBytes,
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      isConnected: () => this.#isConnected,
      monotonicMs: options.monotonicMs,
    });
  }

  /**
   * Connects, looks at the stream's settings, and reads the ids of all it holds into the index.
   *
   * @throws StreamUnfit, or what NATS says, when the stream can't be used
   */
  static async open(options: JetstreamStoreOptions): Promise<JetstreamStore> {
    const heedResets = ignoreStrayResets();
    const opened = await openConnection(options).catch((error: unknown) => {
      heedResets();
      throw error;
    });
    const store = new JetstreamStore(options, opened, heedResets);
    store.#watchConnection();
    store.#following = store.#follower.run();
    try {
      await store.#recover();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /** Records in the stream, as far as this server knows. */
  get records(): number {
    return this.#follower.records;
  }

  /** Records that the stream held already when they were published. */
  get duplicates(): number {
    return this.#publisher.duplicates;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  append(batch: readonly SnapshotRecord[]): Promise<void> {
    this.#appending = this.#append(batch);
    return this.#appending;
  }

  storedIds(): AsyncIterable<StoredId> {
    return readStoredIds(this.#source);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#appending.catch(() => {});
    await this.#follower.close();
    await this.#connection.close();
    await this.#following;
    this.#heedResets();
  }

  async #append(batch: readonly SnapshotRecord[]): Promise<void> {
    if (this.#closed) throw new Error("the store is closed");
    await this.#refresh();
    // An agent that moved may have had it stored by another server, long enough ago for the window to have forgotten it.
    const { index } = this.#options;
    await this.#publisher.publish(batch.filter(({ agentId, snapshotId }) => !index.has(agentId, snapshotId)));
  }

  /** Makes sure that the index knows what the stream held a moment ago. */
  async #refresh(): Promise<void> {
    const nowMs = this.#options.monotonicMs();
    if (nowMs - this.#freshAtMs < FRESH_MS) return;
    await this.#follower.catchUp(this.#options.patienceMs ?? PATIENCE_MS);
    this.#freshAtMs = nowMs;
  }

  async #recover(): Promise<void> {
    const { onEvent, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    const timer = setInterval(() => onEvent({ type: "recovering", records: this.#follower.records }), PROGRESS_MS);
    try {
      // A stream may be long, and nothing may be taken in before it is known: this takes what it takes.
      await this.#follower.catchUp(2 ** 31 - 1);
      this.#freshAtMs = nowMs;
    } finally {
      clearInterval(timer);
    }
  }

  async #watchConnection(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (this.#closed) return;
      if (status.type === "disconnect") {
        this.#isConnected = false;
        this.#options.onEvent({ type: "storeDisconnected", server: status.server });
      } else if (status.type === "reconnect") {
        this.#isConnected = true;
        this.#options.onEvent({ type: "storeReconnected", server: status.server });
      }
    }
  }
}

interface OpenedStream {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly maxMessageBytes: number;
}

async function openConnection({ address, access, onEvent, monotonicMs }: JetstreamStoreOptions): Promise<OpenedStream> {
  const connection = await connect({
    servers: address.servers.map(formatAddress),
    name: "tidewire",
    timeout: CONNECT_TIMEOUT_MS,
    // Servers come back, however long it takes.
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    // The addresses that were given are the ones that are used.
    ignoreClusterUpdates: true,
    // Rights that were taken away may be given back: the server is not ready meanwhile, and says so.
    ignoreAuthErrorAbort: true,
    ...access,
  });
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const settings = await patiently(() => openStream(manager, address), monotonicMs);
    const maxPayloadBytes = connection.info?.max_payload ?? 0;
    const warnings = judgeStream(settings, address.subjectPrefix, maxPayloadBytes);
    const { stream } = address;
    onEvent({ type: "streamOpened", stream, server: connection.getServer(), replicas: settings.num_replicas });
    for (const detail of warnings) onEvent({ type: "streamWarning", stream, detail });
    return {
      connection,
      client: jetstream(connection),
      manager,
      maxMessageBytes: maxMessageBytes(settings, maxPayloadBytes),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A cluster that has just begun answers nothing, or that it can't yet. */
async function patiently<T>(attempt: () => Promise<T>, monotonicMs: () => number): Promise<T> {
  const giveUpMs = monotonicMs() + OPEN_TIMEOUT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof StreamUnfit || monotonicMs() >= giveUpMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, OPEN_RETRY_MS));
  }
}
