import type { Prng } from "../../simulation/prng.ts";
import { Child } from "./child.ts";
import { CONNECTING, type FromPeers, type PeerDeed, type Places, ROLES, type ToPeers } from "./messages.ts";

const PEERS = "build/soak-bundle/zmtp/peer_process.mjs";
const PROCESSES = 10;
/** Every so many deeds one is a kill or a freeze: it takes all peers of a process with it, and a start costs a fifth of a second. */
const KILL_EVERY = 100;
const FREEZE_EVERY = 250;
/** So long nobody is at the connections of a frozen process; the hub's heartbeats notice after 1.5 s. */
const FROZEN_MS = 2_500;

/** Processes of peers that are killed, frozen, and told to break and bind anew. */
export class PeerFleet {
  /** What was done, by kind. */
  readonly deeds: Record<string, number> = {};
  readonly #peers: number;
  readonly #seed: number;
  readonly #places: Places;
  readonly #children: Child<ToPeers, FromPeers>[] = [];
  readonly #bound: Record<number, string> = {};
  /** Processes that are on their way down or up again. */
  readonly #replacing = new Map<number, Promise<void>>();
  #isBusy = false;
  #starts = 0;
  #stirs = 0;

  constructor(peers: number, seed: number, places: Places) {
    this.#peers = peers;
    this.#seed = seed;
    this.#places = places;
  }

  /** @returns where the peers that are bound are, by number */
  async start(): Promise<Readonly<Record<number, string>>> {
    await Promise.all(Array.from({ length: PROCESSES }, (_, index) => this.#start(index)));
    return this.#bound;
  }

  tell(pace: Extract<ToPeers, { type: "pace" }>): void {
    this.#isBusy = pace.isBusy;
    for (const child of this.#children) child.tell(pace);
  }

  /** Makes one peer, or a process of them, do something. */
  stir(prng: Prng): void {
    const peer = prng.below(this.#peers);
    const index = Math.floor(peer / (this.#peers / PROCESSES));
    const other: PeerDeed = prng.chance(0.6) ? "cut" : "leave";
    if (this.#replacing.has(index)) return;
    const stirs = ++this.#stirs;
    if (stirs % KILL_EVERY === 0 || stirs % FREEZE_EVERY === 0) {
      this.#replace(index, stirs % FREEZE_EVERY === 0);
      return;
    }
    const deed = CONNECTING.includes(ROLES[peer % ROLES.length]!) ? other : "rebind";
    this.#count(deed);
    this.#children[index]!.tell({ type: "do", deed, peer });
  }

  /** Resolves when all processes are there again. @throws Error when one has ended by itself */
  async settle(): Promise<void> {
    await Promise.all(this.#replacing.values());
    if (this.#children.some((child) => child.hasFailed)) throw new Error("a process of peers has failed");
  }

  async kill(): Promise<void> {
    await Promise.allSettled(this.#replacing.values());
    await Promise.all(this.#children.map((child) => child.kill()));
  }

  #replace(index: number, freezes: boolean): void {
    this.#count(freezes ? "freeze" : "kill");
    const replaced = async (): Promise<void> => {
      const child = this.#children[index]!;
      if (freezes) {
        child.freeze();
        await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
      }
      await child.kill();
      await this.#start(index);
      this.#replacing.delete(index);
    };
    this.#replacing.set(index, replaced());
  }

  async #start(index: number): Promise<void> {
    const peers = this.#peers / PROCESSES;
    const task = {
      firstPeer: index * peers,
      peers,
      // The host's own addresses begin with 127.0.0.1: what connects from there is never in the way.
      host: `127.0.0.${index + 2}`,
      places: this.#places,
      bound: this.#bound,
      seed: this.#seed + 1_000 * ++this.#starts,
    };
    const child = new Child<ToPeers, FromPeers>(PEERS, [JSON.stringify(task)]);
    this.#children[index] = child;
    Object.assign(this.#bound, (await child.next()).bound);
    child.tell({ type: "pace", isBusy: this.#isBusy });
  }

  #count(deed: string): void {
    this.deeds[deed] = (this.deeds[deed] ?? 0) + 1;
  }
}
