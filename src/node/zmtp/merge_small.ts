/** Below this a copy is cheaper than a segment of its own for the system call. */
const MERGE_BYTES = 4_096;

/** Puts runs of small chunks together; large ones stay what they are. */
export function mergeSmall(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  if (chunks.length < 2) return chunks;
  const merged: Uint8Array[] = [];
  for (let i = 0; i < chunks.length; ) {
    let bytes = 0;
    let end = i;
    while (end < chunks.length && chunks[end]!.length < MERGE_BYTES) bytes += chunks[end++]!.length;
    if (end - i < 2) {
      merged.push(chunks[i]!);
      i++;
      continue;
    }
    const together = new Uint8Array(bytes);
    for (let at = 0; i < end; i++) {
      together.set(chunks[i]!, at);
      at += chunks[i]!.length;
    }
    merged.push(together);
  }
  return merged;
}
