import type { ProcessTable } from "./process_table.ts";

/**
 * Fills in each row's share of all processors over the window: its ticks since `before`, over everybody's ticks.
 *
 * @param totalTicks of all processors together, in the window
 */
export function fillUsage(now: ProcessTable, before: ProcessTable, totalTicks: number): void {
  for (let row = 0, old = 0; row < now.count; row++) {
    const pid = now.pids[row]!;
    while (old < before.count && before.pids[old]! < pid) old++;
    const seenPid = old < before.count && before.pids[old] === pid;
    const isSame = seenPid && before.startTicks[old] === now.startTicks[row];
    let ticks = now.cpuTicks[row]!;
    if (isSame) ticks -= before.cpuTicks[old]!;
    // New to the table is not new to the machine: what this user could not see before has a past outside the window.
    else if (!seenPid && now.startTicks[row]! < before.newestStartTicks) ticks = 0;
    // Counters may step back by a tick; a process never uses more than the machine has.
    const share = totalTicks > 0 ? (ticks / totalTicks) * 100 : 0;
    now.cpuPct[row] = Math.min(100, Math.max(0, share));
  }
}

/**
 * The rows with the highest share, ranked as in spec §4: share descending, then pid ascending. Most processes of a
 * machine did nothing in the window and stand in pid order already, so only the others are sorted.
 */
export function rankedRows(table: ProcessTable, limit: number): number[] {
  const { cpuPct, count } = table;
  const ranked: number[] = [];
  for (let row = 0; row < count; row++) if (cpuPct[row]! > 0) ranked.push(row);
  ranked.sort((a, b) => cpuPct[b]! - cpuPct[a]! || a - b);
  if (ranked.length > limit) ranked.length = limit;
  for (let row = 0; row < count && ranked.length < limit; row++) if (cpuPct[row] === 0) ranked.push(row);
  return ranked;
}
