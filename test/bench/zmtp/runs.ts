import { NODE, type Runtime } from "./runtimes.ts";
import { SideProcess, whileAllRun } from "./side_process.ts";
import type { Role, SideReport, Task } from "./task.ts";

/** Until subscriptions have gone from process to process. */
const SUBSCRIBE_MS = 400;

/** What a run is about; roles follow from it. */
export type RunTask = Omit<Task, "role" | "binds" | "endpoint"> & { readonly endpoint?: string };

const PATTERNS: Readonly<Record<PairPattern, { bind: Role; connect: Role; measures: "bind" | "connect" }>> = {
  "push/pull": { bind: "pull", connect: "push", measures: "bind" },
  "push/pull, pull connects": { bind: "push", connect: "pull", measures: "connect" },
  "req/rep": { bind: "rep", connect: "req", measures: "connect" },
  "dealer/router": { bind: "router", connect: "dealer", measures: "connect" },
};

/** The pattern of a run between two processes. */
export type PairPattern = "push/pull" | "push/pull, pull connects" | "req/rep" | "dealer/router";

/** How the processes of a run are started. */
export interface PairCommands {
  bind(role: Role, endpoint: string): readonly string[];
  connect(role: Role, endpoint: string): readonly string[];
}

/** Two processes with our `side.ts` in them. */
export function sides(bind: RunTask, connect: RunTask, runtime: Runtime = NODE): PairCommands {
  const command = (task: RunTask, role: Role, binds: boolean, endpoint: string): readonly string[] => [
    ...runtime,
    JSON.stringify({ ...task, role, binds, endpoint: task.endpoint ?? endpoint }),
  ];
  return {
    bind: (role, endpoint) => command(bind, role, true, endpoint),
    connect: (role, endpoint) => command(connect, role, false, endpoint),
  };
}

/** Runs a pattern between two processes until the one that measures has told. */
export async function runPair(pattern: PairPattern, commands: PairCommands, timeoutMs?: number): Promise<SideReport> {
  const roles = PATTERNS[pattern];
  const processes: SideProcess[] = [];
  const start = (command: readonly string[]): SideProcess => {
    const one = new SideProcess(command, timeoutMs);
    processes.push(one);
    return one;
  };
  try {
    const bound = start(commands.bind(roles.bind, "tcp://127.0.0.1:*"));
    const { endpoint } = await bound.report();
    const connected = start(commands.connect(roles.connect, endpoint!));
    await connected.report();
    return await whileAllRun((roles.measures === "bind" ? bound : connected).report(), processes);
  } finally {
    await Promise.all(processes.map((one) => one.kill()));
  }
}

/** Nothing is dropped: what a publisher is ahead waits. */
const NO_MARKS = { pub: { sendHighWaterMark: 0 }, sub: { receiveHighWaterMark: 0 } } as const;

/**
 * A publisher and subscribers in one or more processes, twice over the same connections: once to warm up.
 *
 * @returns ns for each message that a subscriber got
 */
export async function runFanOut(
  task: Omit<RunTask, "options">,
  subscriberProcesses: number,
  runtime: Runtime = NODE,
): Promise<number> {
  const command = (role: "pub" | "sub", endpoint: string, sockets: number): readonly string[] => [
    ...runtime,
    JSON.stringify({ ...task, role, binds: role === "pub", endpoint, sockets, options: NO_MARKS[role] }),
  ];
  const publisher = new SideProcess(command("pub", "tcp://127.0.0.1:*", 1));
  const subscribers: SideProcess[] = [];
  try {
    const { endpoint } = await publisher.report();
    for (let i = 0; i < subscriberProcesses; i++) {
      subscribers.push(new SideProcess(command("sub", endpoint!, task.sockets / subscriberProcesses)));
    }
    const processes = [publisher, ...subscribers];
    const allReport = (): Promise<unknown> =>
      whileAllRun(Promise.all(subscribers.map((one) => one.report())), processes);
    await allReport();
    await new Promise((resolve) => setTimeout(resolve, SUBSCRIBE_MS));
    publisher.go();
    await allReport();
    const startMs = performance.now();
    publisher.go();
    await allReport();
    return ((performance.now() - startMs) * 1e6) / (task.count * task.sockets);
  } finally {
    await Promise.all([publisher, ...subscribers].map((one) => one.kill()));
  }
}
