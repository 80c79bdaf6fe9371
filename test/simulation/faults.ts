import type { Env } from "./env.ts";
import type { Network } from "./network.ts";
import type { Prng } from "./prng.ts";
import type { WallClock } from "./process_clock.ts";
import type { SimAgent } from "./sim_agent.ts";
import type { SimServer } from "./sim_server.ts";
import { type DiskMood, GOOD_DISK } from "./virtual_disk.ts";
import type { VirtualFolder } from "./virtual_folder.ts";

/** A disk and how it behaves. */
export interface VictimDisk {
  readonly folder: VirtualFolder;
  readonly mood: DiskMood;
}

/** What faults are done to. */
export interface Victims {
  readonly agents: readonly SimAgent[];
  /** An agent with the id of another one: two machines that share it by mistake. */
  readonly twin: SimAgent;
  readonly server: SimServer;
  readonly network: Network;
  /** The disk of the store. */
  readonly disk: VictimDisk;
  readonly walls: readonly WallClock[];
}

/** The server is started again after this at most. */
const MAX_DOWN_MS = 4_000;
/** A disk is not bad for longer than this at a time. */
const MAX_BAD_DISK_MS = 6_000;
const DAY_MS = 86_400_000;

type Fault = (victims: Victims, random: Prng, env: Env, after: After) => void;
/** Later, unless the faults are over by then. */
type After = (delayMs: number, act: () => void) => void;

const eitherSide = (random: Prng): "agent" | "server" => (random.chance(0.5) ? "agent" : "server");

/** Half of what befalls disks befalls the store's, the rest the agents'. */
function anyDisk({ disk, agents }: Victims, random: Prng): VictimDisk {
  return random.chance(0.5) ? disk : (random.pick(agents).disk ?? disk);
}

/** Lets the mood of a disk be another one for a while. */
function moody(disk: VictimDisk, random: Prng, env: Env, change: Partial<DiskMood>): void {
  Object.assign(disk.mood, change);
  const keys = Object.keys(change) as (keyof DiskMood)[];
  env.scheduler.after(random.between(10, MAX_BAD_DISK_MS), () => {
    for (const key of keys) disk.mood[key] = GOOD_DISK[key];
  });
}

function restartServer({ server }: Victims, random: Prng, env: Env): void {
  env.scheduler.after(random.between(5, MAX_DOWN_MS), () => server.start(1_000));
}

function onLink(victims: Victims, random: Prng, act: (link: Network["links"][number]) => void): void {
  const { links } = victims.network;
  if (links.length > 0) act(random.pick(links));
}

/** Every fault by its name; a seed has some of them. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  cut: (victims, random) => onLink(victims, random, (link) => link.cut()),
  flip: (victims, random) => onLink(victims, random, (link) => link.flip(eitherSide(random), random.whole(1, 3))),
  flood: (victims, random) => onLink(victims, random, (link) => link.flip("agent", random.whole(50, 400))),
  noise: (victims, random) =>
    onLink(victims, random, (link) => link.noise(eitherSide(random), random.exponential(3_000))),
  stall: (victims, random) =>
    onLink(victims, random, (link) => link.stall(eitherSide(random), random.exponential(3_000))),
  partition: ({ network, agents }, random) => {
    const agent = random.pick(agents);
    const forMs = random.exponential(5_000);
    network.partition(agent.options.name, forMs);
    agent.link?.stall("agent", forMs);
    agent.link?.stall("server", forMs);
    if (random.chance(0.3)) agent.link?.cut();
  },
  twin: ({ twin }, random, _env, after) => {
    if (twin.isRunning) return;
    twin.start();
    const dies = random.chance(0.5);
    after(random.exponential(4_000), () => (dies ? twin.crash(false, false) : twin.stop(false)));
  },
  "agent killed": ({ agents }, random, _env, after) => {
    const agent = random.pick(agents);
    if (!agent.isRunning) return;
    agent.crash(false, false);
    after(random.between(1, MAX_DOWN_MS), () => agent.start());
  },
  "agent loses power": ({ agents }, random, _env, after) => {
    const agent = random.pick(agents);
    if (!agent.isRunning) return;
    agent.crash(true, random.chance(0.3));
    after(random.between(1, MAX_DOWN_MS), () => agent.start());
  },
  "agent stopped": ({ agents }, random, _env, after) => {
    const agent = random.pick(agents);
    agent.stop(random.chance(0.2));
    after(random.between(1, MAX_DOWN_MS), () => agent.start());
  },
  "agent paused": ({ agents }, random) => random.pick(agents).pause(random.exponential(5_000)),
  "server killed": (victims, random, env) => {
    victims.server.crash(false, false);
    restartServer(victims, random, env);
  },
  "server loses power": (victims, random, env) => {
    victims.server.crash(true, false);
    restartServer(victims, random, env);
  },
  "power lost, writes out of order": (victims, random, env) => {
    victims.server.crash(true, true);
    restartServer(victims, random, env);
  },
  "server stopped": ({ server }) => server.stop(),
  "appends fail": (v, random, env) => moody(anyDisk(v, random), random, env, { appendFails: random.between(0.1, 1) }),
  "syncs fail": (v, random, env) => moody(anyDisk(v, random), random, env, { syncFails: random.between(0.1, 1) }),
  "truncates fail": (v, random, env) => {
    const change = { truncateFails: random.between(0.1, 1), syncFails: random.between(0.1, 0.5) };
    moody(anyDisk(v, random), random, env, change);
  },
  "creates fail": (v, random, env) => moody(anyDisk(v, random), random, env, { createFails: random.between(0.3, 1) }),
  "reads fail": (v, random, env) => moody(anyDisk(v, random), random, env, { readFails: random.between(0.1, 0.5) }),
  "removes fail": (v, random, env) => moody(anyDisk(v, random), random, env, { removeFails: random.between(0.1, 1) }),
  "disk fills up": (v, random, env) => {
    const disk = anyDisk(v, random);
    moody(disk, random, env, { capacityBytes: disk.folder.usedBytes + random.below(6_000) });
  },
  "disk slows down": (v, random, env) => moody(anyDisk(v, random), random, env, { slowness: random.between(2, 200) }),
  "clock set": ({ walls }, random) => {
    const wall = random.pick(walls);
    wall.utcOffsetMs += random.pick([-1, 1]) * random.pick([500, 60_000, 3_600_000, DAY_MS, 400 * DAY_MS]);
    wall.highestUtcOffsetMs = Math.max(wall.highestUtcOffsetMs, wall.utcOffsetMs);
  },
};

/** Faults that end processes, and the time that most of them leave to a life. */
const ENDINGS = new Set(
  Object.keys(FAULTS).filter((name) => /^(agent|server) (killed|stopped|loses)|^power/.test(name)),
);
const LIFE_MS = 2_500;

/** Does faults until it is told to stop: which ones and how often is the seed's. */
export class FaultSource {
  readonly #victims: Victims;
  readonly #random: Prng;
  readonly #env: Env;
  readonly #names: readonly string[];
  readonly #meanMs: number;
  #endedAtMs = 0;
  #isOver = false;

  constructor(victims: Victims, random: Prng, env: Env) {
    this.#victims = victims;
    this.#random = random;
    this.#env = env;
    // Not every fault in every seed: some need quiet around them to do their harm.
    const all = Object.keys(FAULTS);
    const share = random.between(0.2, 1);
    const some = all.filter(() => random.chance(share));
    this.#names = some.length > 0 ? some : all;
    this.#meanMs = random.pick([250, 600, 1_500, 3_000]);
  }

  run(): void {
    this.#env.scheduler.after(this.#random.exponential(this.#meanMs), () => {
      if (this.#isOver) return;
      const name = this.#random.pick(this.#names);
      if (this.#mayDo(name)) {
        FAULTS[name]!(this.#victims, this.#random, this.#env, (delayMs, act) => this.#after(delayMs, act));
      }
      this.run();
    });
  }

  #after(delayMs: number, act: () => void): void {
    this.#env.scheduler.after(delayMs, () => {
      if (!this.#isOver) act();
    });
  }

  /** Who is killed again and again before anything is up gets nowhere, and the seed neither. */
  #mayDo(name: string): boolean {
    const { counts, scheduler } = this.#env;
    if (ENDINGS.has(name)) {
      const isSoon = scheduler.nowMs - this.#endedAtMs < LIFE_MS;
      if (isSoon && this.#random.chance(0.85)) return false;
      this.#endedAtMs = scheduler.nowMs;
    }
    counts.add(`fault: ${name}`);
    this.#env.note("FAULT", () => name);
    return true;
  }

  /** From here on the world is as it should be: what was down comes up again. */
  stop(): void {
    this.#isOver = true;
    const { disk, agents, twin } = this.#victims;
    for (const one of [disk, ...[...agents, twin].map((agent) => agent.disk)])
      Object.assign(one?.mood ?? {}, GOOD_DISK);
  }
}
