import { Prng } from "../../simulation/prng.ts";
import { Child } from "./child.ts";
import { type FromHub, type HubSample, type Places, ROLES, type ToHub } from "./messages.ts";
import { PeerFleet } from "./peer_fleet.ts";

/** How long and how hard. */
export interface ChurnOptions {
  readonly peers: number;
  readonly seconds: number;
  readonly seed: number;
  /** Told of each sample. */
  readonly onSample?: (text: string) => void;
}

/** What a churn has done, and what the hub was like before, at its two rests, and behind it. */
export interface ChurnReport {
  readonly seed: number;
  readonly peers: number;
  readonly seconds: number;
  /** What the peers were made to do, by kind. */
  readonly deeds: Readonly<Record<string, number>>;
  /** Handshakes between the two rests. */
  readonly reconnects: number;
  /** No socket yet. */
  readonly idle: HubSample;
  /** All peers are there, and nothing is under way; garbage is collected. */
  readonly firstRest: HubSample;
  /** As things were going, at even intervals. */
  readonly samples: readonly HubSample[];
  readonly lastRest: HubSample;
  /** All sockets are closed. */
  readonly closed: HubSample;
}

const HUB = "build/soak-bundle/zmtp/hub_process.mjs";
/** Part of the time that goes by before the first rest: code is compiled, and queues have grown to the size that they keep. */
const WARM_UP = 0.3;
const SAMPLES = 12;
/** Deeds come one after the other by chance, on average so far apart: what a leak leaves of each adds up. */
const DEED_MS = 15;
/** Peers that were away are back after their pause, a dial that waits up to 100 ms, and a handshake. */
const RETURN_TIMEOUT_MS = 20_000;
/** Nothing has moved for so long: nothing is under way. */
const STILL_MS = 400;
const ASK_MS = 100;

/** Churns for a while, on real processes. */
export async function churn(options: ChurnOptions): Promise<ChurnReport> {
  const { peers, seconds, seed, onSample } = options;
  const prng = new Prng(seed);
  const hub = await Hub.start();
  const fleet = new PeerFleet(peers, seed, hub.places);
  try {
    for (const [number, endpoint] of Object.entries(await fleet.start())) {
      hub.tell({ type: "connect", role: ROLES[Number(number) % ROLES.length]!, endpoint });
    }
    await hub.rest(peers);
    const samples: HubSample[] = [];
    const stir = async (forMs: number, sampled: boolean): Promise<void> => {
      for (const one of [hub, fleet]) one.tell({ type: "pace", isBusy: true });
      const untilMs = performance.now() + forMs;
      let sampleAtMs = performance.now();
      while (performance.now() < untilMs) {
        if (performance.now() >= sampleAtMs) {
          sampleAtMs += (seconds * 1_000) / SAMPLES;
          const sample = await hub.sample(false);
          if (sampled) samples.push(sample);
          onSample?.(sampleText(sample));
        }
        await sleep(prng.exponential(DEED_MS));
        fleet.stir(prng);
      }
      await fleet.settle();
      for (const one of [hub, fleet]) one.tell({ type: "pace", isBusy: false });
    };
    await stir(seconds * 1_000 * WARM_UP, false);
    const firstRest = await hub.rest(peers);
    onSample?.(sampleText(firstRest));
    await stir(seconds * 1_000 * (1 - WARM_UP), true);
    const lastRest = await hub.rest(peers);
    onSample?.(sampleText(lastRest));
    const { deeds } = fleet;
    const { idle } = hub;
    const closed = await hub.close();
    const reconnects = lastRest.handshakes - firstRest.handshakes;
    return { seed, peers, seconds, deeds, reconnects, idle, firstRest, samples, lastRest, closed };
  } finally {
    await Promise.all([hub.kill(), fleet.kill()]);
  }
}

/** The process under watch, as its parent sees it. */
class Hub {
  readonly places: Places;
  readonly idle: HubSample;
  readonly #child: Child<ToHub, FromHub>;

  private constructor(child: Child<ToHub, FromHub>, places: Places, idle: HubSample) {
    this.#child = child;
    this.places = places;
    this.idle = idle;
  }

  static async start(): Promise<Hub> {
    const child = new Child<ToHub, FromHub>(HUB, [], ["--expose-gc"]);
    const ready = await child.next();
    if (ready.type !== "ready") throw new Error(`the hub said ${ready.type} first`);
    return new Hub(child, ready.places, ready.idle);
  }

  tell(message: ToHub): void {
    this.#child.tell(message);
  }

  async sample(collects: boolean): Promise<HubSample> {
    this.tell({ type: "sample", collects });
    return this.#nextSample();
  }

  /** Once all peers are back and nothing moves; or after a while as it is then. */
  async rest(peers: number): Promise<HubSample> {
    const untilMs = performance.now() + RETURN_TIMEOUT_MS;
    let stillSinceMs = performance.now();
    let last = await this.sample(false);
    while (performance.now() < untilMs) {
      await sleep(ASK_MS);
      const now = await this.sample(false);
      const moved = now.received !== last.received || now.sent !== last.sent || now.handshakes !== last.handshakes;
      if (moved || now.peers !== peers) stillSinceMs = performance.now();
      last = now;
      if (performance.now() - stillSinceMs >= STILL_MS) break;
    }
    return this.sample(true);
  }

  /** @returns what is left once all sockets are closed */
  async close(): Promise<HubSample> {
    this.tell({ type: "close" });
    return this.#nextSample();
  }

  kill(): Promise<void> {
    return this.#child.kill();
  }

  async #nextSample(): Promise<HubSample> {
    const answer = await this.#child.next();
    if (answer.type !== "sample") throw new Error(`the hub said ${answer.type}, not a sample`);
    return answer.sample;
  }
}

function sampleText({
  peers,
  handshakes,
  sent,
  received,
  handles,
  heapBytes,
  bufferBytes,
  rssBytes,
}: HubSample): string {
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const open = Object.values(handles).reduce((sum, count) => sum + count, 0);
  const traffic = `${sent} sent, ${received} received`;
  return `${peers} peers, ${handshakes} handshakes; ${traffic}; ${open} handles; heap ${mb(heapBytes)} and ${mb(bufferBytes)}, RSS ${mb(rssBytes)}`;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
