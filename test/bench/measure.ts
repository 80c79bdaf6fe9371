import { cpus } from "node:os";
import process from "node:process";

/** One line of a report. Values are in `unit`, smaller is better; a peer that isn't installed has null. */
export interface BenchRow {
  readonly case: string;
  readonly ours: number;
  readonly peers: Readonly<Record<string, number | null>>;
  /** A peer's value divided by ours: how many times better ours is. */
  readonly ratios: Readonly<Record<string, number | null>>;
  readonly unit: string;
  /** What is promised: at least this ratio to that peer. */
  readonly target: BenchTarget | null;
  /** Null where nothing is promised. */
  readonly met: boolean | null;
  /** What a reader must know to read the row. */
  readonly note?: string;
  /** Why there is nothing to show: the case did not run to its end, and `ours` is no number. */
  readonly failure?: string;
}

export interface BenchTarget {
  readonly peer: string;
  readonly atLeast: number;
}

export interface BenchReport {
  readonly bench: string;
  readonly machine: { readonly node: string; readonly cpu: string };
  readonly rows: readonly BenchRow[];
}

/** What a `<name>.bench.ts` exports. */
export interface BenchModule {
  readonly name: string;
  run(): Promise<BenchReport>;
}

/** One case: what is timed, side by side. Every function does the same work once; a peer that isn't installed is null. */
export interface TimedCase {
  readonly case: string;
  readonly ours: () => unknown;
  readonly peers: Readonly<Record<string, (() => unknown) | null>>;
  readonly target?: BenchTarget;
  readonly note?: string;
}

const ROUNDS = 15;
/** Long enough that the clock's own cost and resolution don't show. */
const ROUND_NS = 4_000_000;

/** Where results go so that no engine proves the work useless. */
const sink: unknown[] = [undefined];

export function machine(): BenchReport["machine"] {
  return { node: process.versions.node, cpu: cpus()[0]?.model.trim() ?? "unknown" };
}

function timeNs(work: () => unknown, repetitions: number): number {
  const startNs = process.hrtime.bigint();
  for (let i = 0; i < repetitions; i++) sink[0] = work();
  return Number(process.hrtime.bigint() - startNs) / repetitions;
}

function calibrate(work: () => unknown): number {
  let repetitions = 1;
  // The first runs also warm the code up; the figure is only a number of repetitions.
  for (let i = 0; i < 200; i++) {
    const spentNs = timeNs(work, repetitions) * repetitions;
    if (spentNs >= ROUND_NS) break;
    repetitions = Math.max(repetitions + 1, Math.min(repetitions * 8, Math.ceil((repetitions * ROUND_NS) / spentNs)));
  }
  return repetitions;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Times the works round-robin, so that a slow moment of the machine hits all of them, and gives the median ns of each. */
export function timeInterleaved(works: Readonly<Record<string, () => unknown>>): Record<string, number> {
  const entries = Object.entries(works).map(([name, work]) => {
    return { name, work, repetitions: calibrate(work), times: [] as number[] };
  });
  for (let round = 0; round < ROUNDS; round++) {
    for (const entry of entries) entry.times.push(timeNs(entry.work, entry.repetitions));
  }
  return Object.fromEntries(entries.map(({ name, times }) => [name, median(times)]));
}

/** A row from values that were measured in whatever way. */
export function makeRow(
  init: Omit<BenchRow, "ratios" | "met" | "target"> & { readonly target?: BenchTarget | undefined },
): BenchRow {
  const ratios = Object.fromEntries(
    Object.entries(init.peers).map(([peer, value]) => [peer, value === null ? null : value / init.ours]),
  );
  const target = init.target ?? null;
  const reached = target === null ? null : ratios[target.peer];
  return { ...init, ratios, target, met: target === null ? null : (reached ?? 0) >= target.atLeast };
}

/** Stands for a case that did not run to its end. */
export function failedRow(name: string, error: unknown): BenchRow {
  const failure = error instanceof Error ? error.message : String(error);
  return { case: name, ours: Number.NaN, peers: {}, ratios: {}, unit: "", target: null, met: false, failure };
}

/** Times a case and makes its row. */
export function measureCase(timed: TimedCase): BenchRow {
  const present = Object.entries(timed.peers).filter((entry): entry is [string, () => unknown] => entry[1] !== null);
  const { ours, ...peers } = timeInterleaved({ ours: timed.ours, ...Object.fromEntries(present) });
  return makeRow({
    case: timed.case,
    ours: ours!,
    peers: Object.fromEntries(Object.keys(timed.peers).map((peer) => [peer, peers[peer] ?? null])),
    unit: "ns",
    target: timed.target,
    ...(timed.note === undefined ? {} : { note: timed.note }),
  });
}

/** A peer's module, or null where it isn't installed. */
export async function importPeer(specifier: string): Promise<Record<string, unknown> | null> {
  try {
    return (await import(specifier)) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** The report as a table for people. */
export function formatReport(report: BenchReport): string {
  const lines = [
    `${report.bench}: Node ${report.machine.node}, ${report.machine.cpu}; medians, a ratio over 1 is in our favour`,
  ];
  const header = ["case", "ours", "peers (ratio)", "target", ""];
  const cells = report.rows.map((row) => [
    row.case,
    row.failure === undefined ? `${formatValue(row.ours)} ${row.unit}` : "FAILED",
    Object.entries(row.peers)
      .map(([peer, value]) => formatPeer(row, peer, value))
      .join("  "),
    row.target === null ? "" : `${row.target.atLeast}x ${row.target.peer}`,
    row.met === null ? "" : row.met ? "met" : "MISSED",
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((cell) => cell[column]!.length)));
  for (const cell of [header, ...cells]) {
    lines.push(
      cell
        .map((text, column) => text.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    );
  }
  for (const row of report.rows) {
    for (const text of [row.note, row.failure]) if (text !== undefined) lines.push(`${row.case}: ${text}`);
  }
  return lines.join("\n");
}

function formatPeer(row: BenchRow, peer: string, value: number | null): string {
  return value === null ? `${peer} not installed` : `${peer} ${formatValue(value)} (${row.ratios[peer]!.toFixed(2)}x)`;
}

function formatValue(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
