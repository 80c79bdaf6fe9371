import type { BenchTarget } from "../measure.ts";
import type { PairPattern, RunTask } from "./runs.ts";
import type { Api } from "./task.ts";

/** One row between two processes. */
export interface PairCase {
  readonly name: string;
  readonly pattern: PairPattern;
  readonly bytes: number;
  /** How our side sends and receives; theirs has `await` only. */
  readonly api: Api;
  readonly inFlight: number;
  readonly spanMs: number;
  readonly target: BenchTarget | undefined;
  readonly isCurve: boolean;
  /** The program on libzmq can do it, too. */
  readonly hasLimit: boolean;
}

const SPAN_MS = 600;
/** Round trips need thousands of turns before the compilers' threads have left the one core that they share. */
const LATENCY_SPAN_MS = 2_500;

const against = (atLeast: number): BenchTarget => ({ peer: "zeromq", atLeast });

function flow(size: string, bytes: number, api: Api, atLeast: number): PairCase {
  const name = `push/pull ${size}, ${api === "await" ? "await and iterator" : "batch and callback"}`;
  const target = against(atLeast);
  return {
    name,
    pattern: "push/pull",
    bytes,
    api,
    inFlight: 0,
    spanMs: SPAN_MS,
    target,
    isCurve: false,
    hasLimit: true,
  };
}

function sealed(size: string, bytes: number, atLeast: number): PairCase {
  const one = flow(size, bytes, "await", atLeast);
  return { ...one, name: `push/pull ${size}, CURVE`, isCurve: true, hasLimit: false };
}

/** What is measured between two processes (zmtp §3.2). */
export const PAIR_CASES: readonly PairCase[] = [
  flow("16 B", 16, "await", 7),
  flow("16 B", 16, "batch", 12),
  flow("256 B", 256, "await", 4.5),
  flow("256 B", 256, "batch", 7),
  flow("4 KiB", 4_096, "await", 2),
  { ...flow("64 KiB", 65_536, "await", 1.4), pattern: "push/pull, pull connects", hasLimit: false },
  // Node reads what was accepted in pieces of 64 KiB: every one of these is put together from two.
  { ...flow("64 KiB", 65_536, "await", 0), name: "push/pull 64 KiB, to the side that is bound", target: undefined },
  {
    ...flow("64 B", 64, "await", 4),
    name: "dealer/router 64 B, 200 in flight",
    pattern: "dealer/router",
    inFlight: 200,
  },
  sealed("256 B", 256, 1),
  sealed("4 KiB", 4_096, 0.7),
  sealed("64 KiB", 65_536, 0.4),
];

/** Round trips, both processes on one core. */
export const ROUND_TRIP: PairCase = {
  ...flow("64 B", 64, "await", 1.7),
  name: "req/rep 64 B, one core",
  pattern: "req/rep",
  spanMs: LATENCY_SPAN_MS,
};

/** A publisher and four subscribers. */
export const FAN_OUT: Omit<RunTask, "library" | "options"> = {
  api: "await",
  bytes: 256,
  spanMs: 0,
  count: 100_000,
  sockets: 4,
};
