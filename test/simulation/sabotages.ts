import type { SnapshotStore } from "../../src/ports/mod.ts";
import type { AppendFile, StoreDisk } from "../../src/ports/store_disk.ts";
import { type ClientCommand, type ClientSession, decodeEnvelope, idKey } from "../../src/protocols/snapshot/mod.ts";
import type { ClientEvent } from "../../src/protocols/snapshot/session_types.ts";
import type { AgentSession } from "./agent_options.ts";
import type { Sabotage } from "./simulation.ts";

/** The real session with another behaviour in one place. */
class BrokenSession implements AgentSession {
  protected readonly session: ClientSession;

  constructor(session: ClientSession) {
    this.session = session;
  }

  get capacity(): number {
    return this.session.capacity;
  }

  get heldBytes(): number {
    return this.session.heldBytes;
  }

  receive(chunk: Uint8Array, nowMs: number): void {
    this.session.receive(chunk, nowMs);
  }

  command(command: ClientCommand, nowMs: number): void {
    this.session.command(command, nowMs);
  }

  takeOutput(): Uint8Array[] {
    return this.session.takeOutput();
  }

  nextEvent(): ClientEvent | undefined {
    return this.session.nextEvent();
  }

  nextTimeoutMs(): number | undefined {
    return this.session.nextTimeoutMs();
  }

  onTimeout(nowMs: number): void {
    this.session.onTimeout(nowMs);
  }
}

/** What was on its way when the connection went is forgotten. */
class DropsOnReconnect extends BrokenSession {
  readonly #sent = new Map<string, Uint8Array>();

  override command(command: ClientCommand, nowMs: number): void {
    if (command.type === "send") this.#sent.set(idKey(command.snapshotId), command.snapshotId);
    super.command(command, nowMs);
    if (command.type !== "lost") return;
    for (const snapshotId of this.#sent.values()) super.command({ type: "forget", snapshotId }, nowMs);
    this.#sent.clear();
  }

  override nextEvent(): ClientEvent | undefined {
    const event = super.nextEvent();
    if (event?.type === "stored") this.#sent.delete(idKey(event.snapshotId));
    return event;
  }
}

/** What goes out together after a reconnect goes out newest first. */
class ResendsOutOfOrder extends BrokenSession {
  override takeOutput(): Uint8Array[] {
    const frames = super.takeOutput();
    const isSnapshot = (frame: Uint8Array): boolean => decodeEnvelope(frame).envelope.type === "snapshot";
    return [...frames.filter((frame) => !isSnapshot(frame)), ...frames.filter(isSnapshot).reverse()];
  }
}

/** Says that a batch is stored when it has been handed to the disk. */
function acknowledgesBeforeSync(store: SnapshotStore): SnapshotStore {
  let earlier: Promise<void> = Promise.resolve();
  return {
    append: (batch) => {
      earlier = earlier.then(() => store.append(batch)).catch(() => {});
      return Promise.resolve();
    },
    storedIds: () => store.storedIds(),
    close: () => store.close(),
  };
}

/** A server that starts knows nothing. */
function forgetsAtRestart(store: SnapshotStore): SnapshotStore {
  return {
    append: (batch) => store.append(batch),
    storedIds: async function* () {},
    close: () => store.close(),
  };
}

/** Nothing is ever cut back. */
function ignoresTornTail(disk: StoreDisk): StoreDisk {
  const untorn = (file: AppendFile): AppendFile => ({
    append: (bytes) => file.append(bytes),
    sync: () => file.sync(),
    truncate: () => Promise.resolve(),
    close: () => file.close(),
  });
  return {
    list: () => disk.list(),
    create: async (name) => untorn(await disk.create(name)),
    openAppend: async (name) => untorn(await disk.openAppend(name)),
    openRead: (name) => disk.openRead(name),
    remove: (name) => disk.remove(name),
  };
}

/** An agent that starts does not see the newest file of its spool. */
function forgetsSpooledFile(disk: StoreDisk): StoreDisk {
  return {
    list: async () => {
      const files = await disk.list();
      const newest = files.map(({ name }) => name).filter((name) => name.startsWith("spool-"));
      return files.filter(({ name }) => name !== newest.sort().at(-1));
    },
    create: (name) => disk.create(name),
    openAppend: (name) => disk.openAppend(name),
    openRead: (name) => disk.openRead(name),
    remove: (name) => disk.remove(name),
  };
}

/** Faults of the code itself, put in on purpose: the simulation has to find each. */
export const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  "acknowledge-before-sync": { store: acknowledgesBeforeSync },
  "forget-dedupe-index": { store: forgetsAtRestart },
  "drop-on-reconnect": { session: (session) => new DropsOnReconnect(session) },
  "resend-out-of-order": { session: (session) => new ResendsOutOfOrder(session) },
  "ignore-torn-tail": { disk: ignoresTornTail },
  "forget-spooled-file": { spoolDisk: forgetsSpooledFile },
};
