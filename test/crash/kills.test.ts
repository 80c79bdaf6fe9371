import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { between, seeded } from "../core/seeded.ts";
import { AgentProcess } from "../e2e/agent_process.ts";
import { temporaryFolder } from "../e2e/places.ts";
import { ServerProcess } from "../e2e/server_process.ts";
import { buildLoad, LoadProcess, Promises } from "./load_process.ts";
import { readStoredIds } from "./stored_ids.ts";

/** CRASH_KILLS of each kind and CRASH_SNAPSHOTS make a longer run by hand; CRASH_SEED another one. */
const KILLS = Number(process.env["CRASH_KILLS"] ?? 50);
const SNAPSHOTS = Number(process.env["CRASH_SNAPSHOTS"] ?? 200_000);
const SEED = Number(process.env["CRASH_SEED"] ?? 1);
const LOADS = 2;
const AGENTS_EACH = 8;
const INTERVAL_MS = 5;
/** Every fifth kill of an agent hits a real `tidewire agent`. */
const REAL_EVERY = 5;

/** The real agent, over all its lives. */
class RealAgent {
  readonly promises = new Promises();
  readonly #server: string;
  readonly #spool: string;
  #process: AgentProcess;

  constructor(server: string, spool: string) {
    this.#server = server;
    this.#spool = spool;
    this.#process = this.#start();
  }

  async killAndStart(): Promise<void> {
    await this.#process.end("SIGKILL");
    this.#collect();
    this.#process = this.#start();
  }

  /** Lets it send what it has; its exit code. */
  async stop(): Promise<number | null> {
    await this.#process.end("SIGKILL");
    this.#collect();
    // One more sample, and an hour without: when that one is stored, all are.
    this.#process = this.#start("1h");
    await this.#process.event("stored", ({ queued }) => queued === 0);
    const { code } = await this.#process.end("SIGTERM");
    this.#collect();
    return code;
  }

  #start(interval = "100ms"): AgentProcess {
    const flags = ["--agent-id", "real", "--spool", this.#spool, "--interval", interval, "--top", "1"];
    return new AgentProcess(this.#server, ...flags, "--catch-up-rate", "1000", "--drain-timeout", "1m");
  }

  #collect(): void {
    const idsOf = (event: string): string[] => this.#process.all(event).map(({ snapshotId }) => String(snapshotId));
    this.promises.spooled.push(...idsOf("spooled"));
    for (const id of idsOf("stored")) this.promises.stored.add(id);
    this.promises.dropped.push(...idsOf("dropped"));
    this.promises.refused.push(...idsOf("refused"));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Ids that were durable at the agent and are not, or not in that order, in the store. */
function faultsOf(promises: Promises, places: ReadonlyMap<string, number>): string[] {
  const faults: string[] = [];
  for (const id of promises.stored) if (!places.has(id)) faults.push(`acknowledged and lost: ${id}`);
  for (const id of promises.spooled) if (!places.has(id)) faults.push(`durable at the agent and lost: ${id}`);
  return faults;
}

it(`${KILLS} kills of the server and ${KILLS} of agents under load: nothing acknowledged is lost, nothing is stored twice`, async () => {
  const folder = temporaryFolder();
  const dir = join(folder, "store");
  const script = await buildLoad(folder);
  const port = await freePort();
  const serverOptions = { dir, port, flags: ["--log-level", "info", "--heartbeat-interval", "1s"] };
  let server = await ServerProcess.start(serverOptions);
  const { address } = server;
  const random = seeded(SEED);
  const real = new RealAgent(address, join(folder, "real-spool"));
  const promises = Array.from({ length: LOADS }, () => new Promises());
  const startLoad = (i: number): LoadProcess => {
    const options = { name: `load-${i}`, server: address, folder, agents: AGENTS_EACH, intervalMs: INTERVAL_MS };
    return new LoadProcess(script, options, promises[i]!);
  };
  const loads = promises.map((_, i) => startLoad(i));
  const kills = { server: 0, load: 0, real: 0 };

  const killServers = async (): Promise<void> => {
    for (; kills.server < KILLS; kills.server++) {
      await sleep(between(random, 300, 1_800));
      await server.end("SIGKILL");
      server = await ServerProcess.start(serverOptions);
    }
  };
  const killAgents = async (): Promise<void> => {
    while (kills.load + kills.real < KILLS) {
      await sleep(between(random, 300, 2_400));
      if ((kills.load + kills.real) % REAL_EVERY === 0) {
        await real.killAndStart();
        kills.real++;
        continue;
      }
      const i = between(random, 0, LOADS - 1);
      await loads[i]!.end("SIGKILL");
      loads[i] = startLoad(i);
      kills.load++;
    }
  };
  await Promise.all([killServers(), killAgents()]);
  const isEnough = (): boolean => promises.reduce((sum, { spooled }) => sum + spooled.length, 0) >= SNAPSHOTS;
  while (!isEnough()) await sleep(100);
  const codes = await Promise.all([...loads.map((load) => load.end("SIGTERM")), real.stop()]);
  expect((await server.end("SIGTERM")).code).toBe(0);
  expect(codes).toEqual([0, 0, 0]);

  const stored = readStoredIds(dir);
  const places = new Map(stored.map(({ id }, place) => [id, place]));
  const all = [...promises, real.promises];
  const counts = {
    ...kills,
    stored: stored.length,
    acknowledged: all.reduce((sum, one) => sum + one.stored.size, 0),
    durableAtAgents: all.reduce((sum, one) => sum + one.spooled.length, 0),
    acknowledgedLost: all.flatMap((one) => faultsOf(one, places)).length,
    storedTwice: stored.length - places.size,
    tornTails: all.flatMap(({ torn }) => torn).length,
  };
  console.log(JSON.stringify(counts));
  expect(all.flatMap((one) => faultsOf(one, places)).slice(0, 10)).toEqual([]);
  expect(counts.storedTwice).toBe(0);
  expect(all.flatMap(({ dropped, refused, failures }) => [...dropped, ...refused, ...failures])).toEqual([]);
  expect(stored.length).toBeGreaterThanOrEqual(SNAPSHOTS);
  // Each agent's order holds: an id ends in a count, of one life of its agent.
  const last = new Map<string, string>();
  for (const { id } of stored) {
    const [life, count] = [id.slice(0, 16), id.slice(16)];
    expect(count > (last.get(life) ?? ""), `${id} after ${last.get(life)}`).toBe(true);
    last.set(life, count);
  }
}, 600_000);
