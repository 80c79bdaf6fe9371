import { ServerSession } from "../protocols/snapshot/mod.ts";
import type { ServerSessionOptions } from "../protocols/snapshot/session_types.ts";
import type { Connection } from "./connection.ts";
import { DeadlineHeap } from "./deadline_heap.ts";

/** The open connections: their deadlines, what they hold together, and which of them the host should look at. */
export class ConnectionTable {
  readonly #session: ServerSessionOptions;
  readonly #connections = new Map<number, Connection>();
  readonly #deadlines = new DeadlineHeap<Connection>();
  /** Those with unfinished frames or snapshots; few of many. */
  readonly #holders = new Set<Connection>();
  #dirty: Connection[] = [];
  #heldBytes = 0;

  constructor(session: ServerSessionOptions) {
    this.#session = session;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Bytes of unfinished frames and snapshots of all connections. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  open(
    connId: number,
    remoteAddress: string,
    peerAgentIds: readonly string[] | undefined,
    utcOffsetMs: number,
    nowMs: number,
  ): Connection {
    const connection: Connection = {
      connId,
      remoteAddress,
      peerAgentIds,
      session: new ServerSession({ ...this.#session, utcOffsetMs }, nowMs),
      dueMs: Number.POSITIVE_INFINITY,
      heapAt: -1,
      agent: undefined,
      heldBytes: 0,
      isDirty: false,
      closeReason: undefined,
      toldEvents: 0,
      agentDropped: undefined,
    };
    this.#connections.set(connId, connection);
    return connection;
  }

  get(connId: number): Connection | undefined {
    return this.#connections.get(connId);
  }

  values(): IterableIterator<Connection> {
    return this.#connections.values();
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection.connId);
    this.#deadlines.remove(connection);
    this.#holders.delete(connection);
    this.#heldBytes -= connection.heldBytes;
    connection.heldBytes = 0;
  }

  /** Takes over what a call to the session has changed. */
  update(connection: Connection): void {
    if (!connection.isDirty) {
      connection.isDirty = true;
      this.#dirty.push(connection);
    }
    this.#updateHeld(connection);
    this.#updateDeadline(connection);
  }

  /** One that has something for the host, each once, or nothing. */
  nextDirty(): number | undefined {
    for (let connection = this.#dirty.pop(); connection !== undefined; connection = this.#dirty.pop()) {
      connection.isDirty = false;
      if (this.#connections.has(connection.connId)) return connection.connId;
    }
    return undefined;
  }

  nextTimeoutMs(): number | undefined {
    return this.#deadlines.nextMs();
  }

  /** One whose session's deadline may have passed, out of the heap until `update`; or nothing. */
  takeDue(nowMs: number): Connection | undefined {
    return this.#deadlines.takeDue(nowMs);
  }

  /** The living connection that holds most. */
  largestHolder(): Connection | undefined {
    let largest: Connection | undefined;
    for (const connection of this.#holders) {
      if (largest === undefined || connection.heldBytes > largest.heldBytes) largest = connection;
    }
    return largest;
  }

  #updateHeld(connection: Connection): void {
    // A session that is over keeps nothing that counts: it goes with its connection, which is closing.
    const heldBytes = connection.closeReason === undefined ? connection.session.heldBytes : 0;
    this.#heldBytes += heldBytes - connection.heldBytes;
    connection.heldBytes = heldBytes;
    if (heldBytes > 0) this.#holders.add(connection);
    else this.#holders.delete(connection);
  }

  /**
   * A deadline that moved away stays where it is in the heap: when it comes up the session says the true one. So a
   * connection that is talking, whose idle timer moves with every chunk, costs nothing here.
   */
  #updateDeadline(connection: Connection): void {
    const nextMs = connection.closeReason === undefined ? connection.session.nextTimeoutMs() : undefined;
    if (nextMs === undefined) this.#deadlines.remove(connection);
    else if (connection.heapAt < 0 || nextMs < connection.dueMs) this.#deadlines.set(connection, nextMs);
  }
}
