import type { Totals } from "./campaign.ts";
import type { RunResult } from "./simulation.ts";

/** The one command that lives through a seed again. */
export function replayCommand(
  seed: number,
  work: { readonly minStored: number; readonly steps: number | undefined; readonly sabotage: string | undefined },
): string {
  const steps = work.steps === undefined ? "" : ` --steps ${work.steps}`;
  const stored = work.minStored === 200 ? "" : ` --stored ${work.minStored}`;
  const broken = work.sabotage === undefined ? "" : ` --break ${work.sabotage}`;
  return `npm run -s sim -- --seed ${seed}${steps}${stored}${broken}`;
}

export function describeFailure(
  result: RunResult,
  work: Parameters<typeof replayCommand>[1],
  traceLines: number,
): string {
  const { violation, seed, trace } = result;
  return [
    ...trace.slice(-traceLines),
    "",
    `seed ${seed} broke: ${violation!.invariant}`,
    `  ${violation!.detail}`,
    `  at step ${violation!.step}, ${(violation!.atMs / 1_000).toFixed(3)} virtual seconds`,
    `replay: ${replayCommand(seed, work)}`,
  ].join("\n");
}

export function describeRun({ seed, steps, virtualMs, counts }: RunResult): string {
  const lines = [`seed ${seed} holds: ${steps} steps, ${(virtualMs / 1_000).toFixed(1)} virtual seconds`];
  for (const [name, value] of [...counts].sort()) lines.push(`  ${name.padEnd(38)} ${Math.round(value)}`);
  return lines.join("\n");
}

export function describeTotals({ firstSeed, seeds, steps, virtualMs, elapsedMs, counts, minStored }: Totals): string {
  const seconds = elapsedMs / 1_000;
  const lines = [
    `${seeds} seeds from ${firstSeed}: ${(seeds / seconds).toFixed(1)} a second, ${Math.round(steps / seconds)} steps a second`,
    `${(virtualMs / 3_600_000).toFixed(1)} virtual hours in ${seconds.toFixed(1)} s; at least ${minStored} stored under faults in each`,
    `  ${"".padEnd(38)} ${"in all".padStart(10)} ${"a seed".padStart(10)}`,
  ];
  for (const [name, value] of Object.entries(counts).sort()) {
    const perSeed = name.startsWith("max ") ? "" : (value / seeds).toFixed(2);
    lines.push(`  ${name.padEnd(38)} ${String(Math.round(value)).padStart(10)} ${perSeed.padStart(10)}`);
  }
  return lines.join("\n");
}
