import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { decodeEnvelope } from "../../src/protocols/snapshot/mod.ts";
import { diskCeilingUs } from "./disk_ceiling.ts";
import { startJetstream } from "./durable/jetstream_subject.ts";
import { LatencyLog, type LoadSummary } from "./durable/latency_log.ts";
import { type OurSubject, startOurs } from "./durable/our_subject.ts";
import { startPostgres } from "./durable/postgres_subject.ts";
import { startRedis } from "./durable/redis_subject.ts";
import type { LoadConnection, Subject } from "./durable/subject.ts";
import { type BenchReport, type BenchRow, machine, makeRow, median } from "./measure.ts";

export const name = "durable";

/** One frame of a snapshot with 100 processes: about 6 KB. */
const FRAME = "fixtures/snapshot/snapshot_top100.tide";
/** On the project's own disk: a temporary folder may be in memory, where a sync costs nothing. */
const SCRATCH = "build/bench-durable";

const CONNECTIONS = 64;
const IN_FLIGHT = 32;
const ROUNDS = 7;
const WARM_UP_MS = 700;
const WINDOW_MS = 1_500;
/** What a group of ours has under this load; asked of the server afterwards, assumed before. */
const USUAL_GROUP = 512;

/** A subject with its connections open and its rounds so far. */
interface Entry {
  readonly subject: Subject;
  readonly connections: readonly LoadConnection[];
  readonly rounds: LoadSummary[];
}

/** Each subject takes the same payload over as many connections, with as much in flight, in turns. */
export async function run(): Promise<BenchReport> {
  const frame = new Uint8Array(readFileSync(FRAME));
  const payload = frame.subarray(decodeEnvelope(frame).payloadAt);
  mkdirSync(SCRATCH, { recursive: true });
  const dir = mkdtempSync(`${process.cwd()}/${SCRATCH}/run-`);
  // PostgreSQL runs as another user and has to get through to its own folder.
  chmodSync(dir, 0o755);
  const subjects: Subject[] = [];
  try {
    const ours = await startOurs(`${dir}/ours`, frame, []);
    subjects.push(ours);
    for (const start of [
      () => startRedis(`${dir}/redis`, payload),
      () => startPostgres(`${dir}/postgres`, payload, CONNECTIONS, IN_FLIGHT),
      () => startJetstream(`${dir}/jetstream`, payload),
    ]) {
      const peer = await start();
      if (peer !== undefined) subjects.push(peer);
    }
    return { bench: name, machine: machine(), rows: await measure(ours, subjects, dir, frame) };
  } finally {
    await Promise.all(subjects.map((subject) => subject.stop()));
    rmSync(dir, { recursive: true });
  }
}

async function measure(
  ours: OurSubject,
  subjects: readonly Subject[],
  dir: string,
  frame: Uint8Array,
): Promise<BenchRow[]> {
  const entries: Entry[] = [];
  for (const subject of subjects) {
    const connections: LoadConnection[] = [];
    for (let i = 0; i < CONNECTIONS; i++) connections.push(await subject.connect(i));
    entries.push({ subject, connections, rounds: [] });
  }
  const disk: number[] = [];
  const cpuSeconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const entry of entries) {
      const before = ours.server.cpuSeconds();
      entry.rounds.push(await measureRound(entry));
      if (entry.subject === ours) cpuSeconds.push(ours.server.cpuSeconds() - before);
    }
    disk.push(await diskCeilingUs(`${dir}/ceiling-${round}`, frame, USUAL_GROUP));
  }
  const group =
    (await ours.server.metric("tidewire_snapshots_stored_total")) /
    (await ours.server.metric("tidewire_batches_stored_total"));
  for (const { connections } of entries) for (const connection of connections) connection.close();
  const cpuPct = (median(cpuSeconds) * 100_000) / (WARM_UP_MS + WINDOW_MS);
  return rowsOf(new Map(entries.map(({ subject, rounds }) => [subject.name, rounds])), median(disk), group, cpuPct);
}

async function measureRound({ subject, connections }: Entry): Promise<LoadSummary> {
  const log = new LatencyLog();
  for (const connection of connections) connection.start(IN_FLIGHT, log);
  await sleep(WARM_UP_MS);
  log.open();
  await sleep(WINDOW_MS);
  log.close();
  await Promise.all(connections.map((connection) => connection.stop()));
  await subject.clear();
  return log.summary();
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Those that promise as much as we do. */
const DURABLE_PEERS: readonly string[] = ["redis", "postgres"];
const ALL_PEERS: readonly string[] = [...DURABLE_PEERS, "jetstream"];

function rowsOf(
  rounds: ReadonlyMap<string, readonly LoadSummary[]>,
  diskUs: number,
  group: number,
  cpuPct: number,
): BenchRow[] {
  const row = (title: string, unit: string, value: (round: LoadSummary) => number, extra: Extra): BenchRow => {
    const of = (subject: string): number | null => {
      const found = rounds.get(subject);
      return found === undefined ? null : median(found.map(value));
    };
    const peers: Record<string, number | null> = Object.fromEntries(ALL_PEERS.map((peer) => [peer, of(peer)]));
    const durable = DURABLE_PEERS.map((peer) => peers[peer]).filter((found) => typeof found === "number");
    const best = durable.length === 0 ? null : Math.min(...durable);
    const { peers: morePeers, note, isPromised } = extra;
    const target = best === null || !isPromised ? undefined : { peer: "best durable peer", atLeast: 1 };
    return makeRow({
      case: title,
      ours: of("ours")!,
      peers: { "best durable peer": best, ...peers, ...morePeers },
      unit,
      target,
      ...(note === undefined ? {} : { note }),
    });
  };
  const perSecond = (subject: string): string => {
    const found = rounds.get(subject);
    return found === undefined
      ? ""
      : `${subject} ${Math.round(median(found.map((one) => one.perSecond))).toLocaleString("en")}`;
  };
  const rates = ["ours", ...ALL_PEERS]
    .map(perSecond)
    .filter((text) => text !== "")
    .join(", ");
  return [
    row("acknowledged after the sync, a message", "µs", ({ perSecond: rate }) => 1_000_000 / rate, {
      isPromised: true,
      peers: { "the disk alone": diskUs },
      note: `a second: ${rates}; ${CONNECTIONS} connections with ${IN_FLIGHT} in flight each; ours used ${Math.round(cpuPct)} % of a core for groups of ${Math.round(group)}; the disk alone does ${Math.round(1_000_000 / diskUs).toLocaleString("en")} in groups of ${USUAL_GROUP}`,
    }),
    row("p50 from sent to acknowledged", "ms", ({ p50Ms }) => p50Ms, { isPromised: false }),
    row("p99 from sent to acknowledged", "ms", ({ p99Ms }) => p99Ms, {
      isPromised: true,
      note: "jetstream promises less: its acknowledgement does not wait for a sync (every two minutes by default)",
    }),
  ];
}

/** What only some rows have. */
interface Extra {
  readonly isPromised: boolean;
  readonly peers?: Readonly<Record<string, number | null>>;
  readonly note?: string;
}
