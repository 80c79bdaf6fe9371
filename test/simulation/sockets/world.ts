import { Env, type Violation } from "../env.ts";
import type { LinkShape } from "../link.ts";
import { Prng } from "../prng.ts";
import { Scheduler } from "../scheduler.ts";
import { VirtualHost, VirtualInternet } from "./virtual_host.ts";
import { Witness } from "./witness.ts";

/** Faults end after this; then everything has to come right. */
const FAULTY_MS = 4_000;
/** Half-open connections are noticed after a minute (`link.ts`). */
const HEAL_MS = 90_000;
const FAULT_EVERY_MS = 200;

/** What all scenes of sockets share. */
export interface World {
  readonly env: Env;
  readonly random: Prng;
  readonly internet: VirtualInternet;
  readonly witness: Witness;
  host(name: string): VirtualHost;
  /** Does something again and again while the faults last, and afterwards when `always`. */
  every(meanMs: number, always: boolean, act: () => void): void;
}

/** Sockets that talk, and what must be true of them. */
export interface SceneRun {
  /** Called once the faults are over and everything had time to come right. */
  healed(): void;
  /** Called a while after that: whether all that was sent since has arrived. */
  finish(): void;
}

export type SocketScene = (world: World) => SceneRun;

/** How a seed went. */
export interface SocketRun {
  readonly violation: Violation | undefined;
  readonly delivered: number;
  readonly steps: number;
  readonly faults: number;
}

function drawShape(random: Prng): LinkShape {
  return {
    latencyMs: random.between(0.1, 30),
    jitterMs: random.between(0, 5),
    splits: random.pick([0, 0.1, 0.8]),
    bufferBytes: random.pick([1_000, 20_000, 300_000]),
  };
}

/** Lives one scene under one seed: faults for a while, then peace. */
export async function runSocketSeed(seed: number, scene: SocketScene): Promise<SocketRun> {
  const scheduler = new Scheduler();
  const env = new Env(scheduler, false);
  const random = new Prng(seed);
  const internet = new VirtualInternet(env, random.fork(), drawShape);
  const entropy = random.fork();
  let faults = 0;
  const world: World = {
    env,
    random: random.fork(),
    internet,
    witness: new Witness(env, random.fork()),
    host: (name) => new VirtualHost(internet, name, entropy.fork()),
    every(meanMs, always, act) {
      const pace = random.fork();
      const again = (): void => {
        if (scheduler.nowMs > FAULTY_MS && !always) return;
        act();
        scheduler.after(pace.exponential(meanMs), again);
      };
      scheduler.after(pace.exponential(meanMs), again);
    },
  };
  const run = scene(world);
  const chance = random.fork();
  world.every(FAULT_EVERY_MS, false, () => {
    faults++;
    breakSomething(internet, chance);
  });
  await runUntil(scheduler, env, FAULTY_MS + HEAL_MS);
  if (env.violation === undefined) run.healed();
  await runUntil(scheduler, env, FAULTY_MS + HEAL_MS + 30_000);
  if (env.violation === undefined) run.finish();
  return { violation: env.violation, delivered: world.witness.delivered, steps: scheduler.steps, faults };
}

async function runUntil(scheduler: Scheduler, env: Env, untilMs: number): Promise<void> {
  do {
    while (env.violation === undefined && (await scheduler.step(untilMs)));
    // A promise may still have something to do.
    await new Promise(setImmediate);
  } while (env.violation === undefined && (await scheduler.step(untilMs)));
}

function breakSomething(internet: VirtualInternet, chance: Prng): void {
  const { links } = internet;
  if (links.length === 0) return;
  const link = chance.pick(links);
  const kind = chance.unit();
  if (kind < 0.5) link.cut();
  else if (kind < 0.9) link.stall(chance.pick(["agent", "server"] as const), chance.exponential(2_000));
  else for (const one of links) one.cut();
}
