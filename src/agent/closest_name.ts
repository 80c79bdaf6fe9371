/** More edits than this and a suggestion is a guess. */
const MAX_EDITS = 2;

/**
 * The known name that a misspelt one most likely meant, or nothing.
 *
 * @example
 * ```ts
 * closestName("intervall", ["interval", "top"]); // "interval"
 * ```
 */
export function closestName(found: string, known: readonly string[]): string | undefined {
  const lower = found.toLowerCase();
  let best: string | undefined;
  // One edit turns most two-letter names into each other, so short ones allow fewer.
  let bestEdits = Math.min(MAX_EDITS, Math.floor(lower.length / 2)) + 1;
  for (const name of known) {
    const edits = editCount(lower, name.toLowerCase());
    if (edits < bestEdits) {
      best = name;
      bestEdits = edits;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editCount(a: string, b: string): number {
  let twoBack: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, twoBack[j - 2]! + 1);
      row.push(edits);
    }
    twoBack = previous;
    previous = row;
  }
  return previous[b.length]!;
}
