/**
 * How fast a value grows, in its unit a minute: the median of the slopes between all pairs (Theil-Sen), which a few
 * samples in the middle of a garbage collection don't move.
 *
 * @param points time in milliseconds, and the value
 */
export function growthPerMinute(points: readonly (readonly [number, number])[]): number {
  const slopes: number[] = [];
  for (const [i, [fromMs, from]] of points.entries()) {
    for (const [toMs, to] of points.slice(i + 1))
      if (toMs > fromMs) slopes.push(((to - from) / (toMs - fromMs)) * 60_000);
  }
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1] ?? 0;
}
