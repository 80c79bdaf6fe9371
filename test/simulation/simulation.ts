import { FileStore } from "../../deno/file_store.ts";
import type { Compressor, SnapshotStore } from "../../src/ports/mod.ts";
import type { StoreDisk } from "../../src/ports/store_disk.ts";
import { type ClientSession, idHex } from "../../src/protocols/snapshot/mod.ts";
import { AgentAccounts } from "./agent_accounts.ts";
import type { AgentSession } from "./agent_options.ts";
import type { SpoolPlace } from "./agent_spool.ts";
import { Env, type Violation } from "./env.ts";
import { FaultSource, type Victims } from "./faults.ts";
import { Ledger, name } from "./ledger.ts";
import { Network } from "./network.ts";
import { Prng } from "./prng.ts";
import type { WallClock } from "./process_clock.ts";
import { Scheduler } from "./scheduler.ts";
import { SimAgent } from "./sim_agent.ts";
import { SimServer } from "./sim_server.ts";
import { SpoolAudit } from "./spool_audit.ts";
import { StoreAudit } from "./store_audit.ts";
import { type DiskMood, GOOD_DISK, VirtualDisk } from "./virtual_disk.ts";
import { VirtualFolder } from "./virtual_folder.ts";
import { drawFleet, drawLink, drawServer, drawSpool, drawVersions, type FleetSettings } from "./world_settings.ts";

/** What is broken on purpose, to see that it is found. Everything is the real thing where nothing is given. */
export interface Sabotage {
  readonly session?: (session: ClientSession) => AgentSession;
  readonly disk?: (disk: StoreDisk) => StoreDisk;
  readonly spoolDisk?: (disk: StoreDisk) => StoreDisk;
  readonly store?: (store: SnapshotStore) => SnapshotStore;
}

export interface RunOptions {
  readonly seed: number;
  readonly compressor: Compressor;
  /** The faults end once this many snapshots are in the store, */
  readonly minStored: number;
  /** or after this many steps, if that is given. */
  readonly steps?: number;
  readonly keepsTrace?: boolean;
  readonly sabotage?: Sabotage;
}

export interface RunResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly steps: number;
  readonly virtualMs: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly trace: readonly string[];
}

/** Faults or not, a fleet whose snapshots do not get into the store for so long is stuck. */
const MAX_FAULTY_MS = 12 * 3_600_000;
/**
 * After the faults everything is stored within this: a reconnect, a resend and a store's retry wait 30 s each at most
 * (spec §6.4), an unanswered dial 10 s, and what has piled up takes its time on a slow link.
 */
const MAX_SETTLE_MS = 10 * 60_000;
const UTC_START_MS = Date.UTC(2026, 10, 21);

/** One world: a fleet, its servers, their network and disk, and the faults that one seed has for them. */
class World {
  readonly env: Env;
  readonly #options: RunOptions;
  readonly #scheduler = new Scheduler();
  readonly #random: Prng;
  readonly #ledger: Ledger;
  readonly #audit: StoreAudit;
  readonly #folder = new VirtualFolder();
  readonly #mood: DiskMood = { ...GOOD_DISK };
  readonly #fleet: FleetSettings;
  readonly #agents: SimAgent[] = [];
  readonly #twin: SimAgent;
  readonly #server: SimServer;
  readonly #faults: FaultSource;

  constructor(options: RunOptions) {
    this.#options = options;
    const { seed, compressor, sabotage = {} } = options;
    this.#random = new Prng(seed);
    this.env = new Env(this.#scheduler, options.keepsTrace ?? false);
    this.#ledger = new Ledger(this.env);
    this.#audit = new StoreAudit(this.env, this.#ledger, compressor);
    const { env, random } = { env: this.env, random: this.#random };
    const ledger = this.#ledger;
    const fleet = drawFleet(random);
    const network = new Network(env, random.fork(), drawLink);
    const serverWall = wallAt(UTC_START_MS);
    this.#fleet = fleet;
    const walls = [serverWall];
    const agent = (agentId: string, name: string): SimAgent => {
      const made = this.#agent(agentId, name, network);
      walls.push(made.options.wall);
      return made;
    };
    for (let i = 0; i < fleet.agents; i++) this.#agents.push(agent(`agent-${i}`, `agent-${i}`));
    this.#twin = agent("agent-0", "twin-0");
    this.#server = new SimServer({
      env,
      random: random.fork(),
      ledger,
      audit: this.#audit,
      folder: this.#folder,
      mood: this.#mood,
      wall: serverWall,
      compressor,
      settings: (lifeRandom) => drawServer(lifeRandom, fleet, compressor),
      wrapDisk: sabotage.disk ?? ((disk) => disk),
      wrapStore: sabotage.store ?? ((store) => store),
    });
    network.serve(this.#server);
    const victims: Victims = {
      agents: this.#agents,
      twin: this.#twin,
      server: this.#server,
      network,
      disk: { folder: this.#folder, mood: this.#mood },
      walls,
    };
    this.#faults = new FaultSource(victims, random.fork(), env);
  }

  #agent(agentId: string, name: string, network: Network): SimAgent {
    const { compressor, sabotage = {} } = this.#options;
    const random = this.#random;
    const fleet = this.#fleet;
    const wall = wallAt(UTC_START_MS + random.between(-5_000, 5_000));
    const base = { env: this.env, ledger: this.#ledger, agentId, name, outboxBytes: fleet.outboxBytes };
    const spool = this.#spoolPlace(agentId, wall);
    return new SimAgent({
      ...base,
      random: random.fork(),
      network,
      wall,
      intervalMs: fleet.intervalMs,
      samples: fleet.samples,
      spool,
      accounts: new AgentAccounts({ ...base, audit: spool?.audit }),
      versions: drawVersions(random),
      compressor: fleet.compresses && random.chance(0.8) ? compressor : undefined,
      wrapSession: sabotage.session ?? ((session) => session),
    });
  }

  #spoolPlace(agentId: string, wall: WallClock): SpoolPlace | undefined {
    const { compressor, sabotage = {} } = this.#options;
    const limits = drawSpool(this.#random, this.#fleet);
    if (limits === undefined) return undefined;
    const folder = new VirtualFolder();
    const latestUtcMs = (): number => this.#scheduler.nowMs + wall.highestUtcOffsetMs;
    const { env } = this;
    const audit = new SpoolAudit({ env, ledger: this.#ledger, compressor, folder, agentId, limits, latestUtcMs });
    return { folder, mood: { ...GOOD_DISK }, limits, audit, wrapDisk: sabotage.spoolDisk ?? ((disk) => disk) };
  }

  async run(): Promise<RunResult> {
    this.#server.start(1_000);
    for (const agent of this.#agents) agent.start();
    this.#faults.run();
    const { minStored, steps, seed } = this.#options;
    const isEnough =
      steps === undefined ? () => this.#ledger.stored >= minStored : () => this.#scheduler.steps >= steps;
    await this.#runUntil(isEnough, MAX_FAULTY_MS, "a fleet under faults gets on");
    this.env.counts.add("stored under faults", this.#ledger.stored);
    await this.#recover();
    await this.#checkStore();
    const { violation, counts, trace } = this.env;
    this.#countFates();
    return {
      seed,
      violation,
      steps: this.#scheduler.steps,
      virtualMs: this.#scheduler.nowMs,
      counts: counts.byName,
      trace: trace ?? [],
    };
  }

  /** The faults are over: every machine is up and sends what it has, and nothing may be left. */
  async #recover(): Promise<void> {
    if (this.env.violation !== undefined) return;
    const startMs = this.#scheduler.nowMs;
    this.env.note("FAULT", () => "no more of them");
    this.#faults.stop();
    const fleet = [...this.#agents, this.#twin];
    this.#server.start(1_000);
    for (const agent of fleet) agent.sendRest();
    const isStored = (): boolean => fleet.every(({ hasSentAll }) => hasSentAll);
    await this.#runUntil(isStored, MAX_SETTLE_MS, "what is left is stored once the faults are over");
    for (const agent of fleet) agent.dismiss();
    await this.#runUntil(() => fleet.every((agent) => !agent.isRunning), MAX_SETTLE_MS, "who has sent everything ends");
    for (const agent of fleet) agent.options.accounts.checkEmpty();
    this.env.counts.max("max settle ms", this.#scheduler.nowMs - startMs);
  }

  /** A last loss of power; then the store itself must know all that was promised, each once. */
  async #checkStore(): Promise<void> {
    if (this.env.violation !== undefined) return;
    this.#server.crash(true, false);
    const { env } = this;
    const { compressor } = this.#options;
    const ids = this.#storedIds(compressor).then(
      (known) => this.#compare(known),
      (error: unknown) => env.violate("nothing throws", String(error)),
    );
    this.#scheduler.hasPromises = true;
    let isDone = false;
    void ids.then(() => {
      isDone = true;
    });
    await new Promise(setImmediate);
    await this.#runUntil(() => isDone, MAX_SETTLE_MS, "the store opens again");
  }

  async #storedIds(compressor: Compressor): Promise<string[]> {
    const { env } = this;
    const options = { env, folder: this.#folder, mood: this.#mood, audit: this.#audit, random: this.#random };
    const clock = { utcMs: () => UTC_START_MS, monotonicMs: () => this.#scheduler.nowMs };
    const limits = { rotateBytes: 1e9, rotateAgeMs: 1e15, retainBytes: 1e15, retainAgeMs: 1e15 };
    const disk = new VirtualDisk(options);
    const store = await FileStore.open({ disk, clock, compressor, limits, onEvent: () => {} });
    const ids: string[] = [];
    for await (const { snapshotId } of store.storedIds()) ids.push(idHex(snapshotId));
    return ids;
  }

  #compare(ids: readonly string[]): void {
    const known = new Set(ids);
    if (known.size < ids.length) {
      this.env.violate("nothing is stored twice", `the store lists ${ids.length - known.size} snapshots again`);
    }
    for (const entry of this.#ledger.entries) {
      if (entry.isRetired) continue;
      const isThere = known.has(entry.hex);
      if (isThere !== entry.copies > 0) {
        this.env.violate("the store knows what it holds", `${name(entry)}: listed ${isThere}, copies ${entry.copies}`);
      }
      if (entry.isPromised && !isThere) {
        this.env.violate("what is acknowledged is durable", `${name(entry)} is not listed after a restart`);
      }
    }
  }

  async #runUntil(isDone: () => boolean, withinMs: number, invariant: string): Promise<void> {
    const endMs = this.#scheduler.nowMs + withinMs;
    while (this.env.violation === undefined && !isDone()) {
      let didStep = false;
      try {
        didStep = await this.#scheduler.step(endMs);
      } catch (error) {
        this.env.violate("nothing throws", (error as Error).stack ?? String(error));
      }
      if (!didStep && !isDone()) this.env.violate(invariant, this.#describe(withinMs));
    }
  }

  #describe(withinMs: number): string {
    const waiting = [...this.#agents, this.#twin]
      .filter((agent) => agent.unsettled > 0)
      .map((agent) => `${agent.options.name} keeps ${agent.unsettled}`);
    const server = this.#server.isServing ? "serves" : this.#server.isRunning ? "does not serve" : "is down";
    return `not within ${withinMs / 1_000} s: ${waiting.join(", ")}; the server ${server}; ${this.#ledger.stored} stored`;
  }

  #countFates(): void {
    for (const fate of ["kept", "stored", "dropped", "refused", "lost"] as const) {
      this.env.counts.add(`snapshots ${fate}`, this.#ledger.count(fate));
    }
    for (const entry of this.#ledger.entries) {
      this.env.counts.add("snapshots sampled");
      if (entry.isDisplaced) this.env.counts.add("snapshots displaced");
    }
  }
}

function wallAt(utcOffsetMs: number): WallClock {
  return { utcOffsetMs, highestUtcOffsetMs: utcOffsetMs };
}

/** Lives through one seed. */
export function runSeed(options: RunOptions): Promise<RunResult> {
  return new World(options).run();
}
