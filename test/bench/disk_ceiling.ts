import { type FileHandle, open } from "node:fs/promises";
import { median } from "./measure.ts";

const BATCHES = 40;

/**
 * What the disk alone does: the same bytes in groups of the same size, each synced, nothing else. Microseconds a message.
 *
 * @param path a file that is not there yet: over old ones the system writes into memory that it has at hand, which on some
 * virtual machines is ten times as fast
 */
export async function diskCeilingUs(path: string, message: Uint8Array, messagesPerSync: number): Promise<number> {
  const group = new Uint8Array(message.length * messagesPerSync);
  for (let i = 0; i < messagesPerSync; i++) group.set(message, i * message.length);
  const file = await open(path, "wx");
  try {
    const times: number[] = [];
    for (let i = 0; i < BATCHES; i++) times.push(await timeGroupMs(file, group));
    return (median(times) * 1_000) / messagesPerSync;
  } finally {
    await file.close();
  }
}

async function timeGroupMs(file: FileHandle, group: Uint8Array): Promise<number> {
  const startMs = performance.now();
  await file.write(group);
  await file.datasync();
  return performance.now() - startMs;
}
