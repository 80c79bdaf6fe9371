import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** As many of the small frames stand between two snapshots as agents of a quiet fleet send: a gigabyte is 5 million frames. */
const HEARTBEATS = 47;
const BLOCK_BYTES = 4_194_304;

/** A capture of about so many bytes in build/, made once: what agents send, over and over. Returns its path. */
export function hugeCapture(bytes: number): string {
  const path = `build/inspector/huge_${bytes}.tide`;
  if (existsSync(path) && statSync(path).size >= bytes) return path;
  mkdirSync(dirname(path), { recursive: true });
  const heartbeat = readFileSync("fixtures/snapshot/heartbeat.tide");
  const snapshot = readFileSync("fixtures/snapshot/snapshot_top100.tide");
  const turn = Buffer.concat([...Array.from({ length: HEARTBEATS }, () => heartbeat), snapshot]);
  const block = Buffer.concat(Array.from({ length: Math.ceil(BLOCK_BYTES / turn.length) }, () => turn));
  // Written aside: half of one must not pass for a whole one.
  const file = openSync(`${path}.part`, "w");
  for (let written = 0; written < bytes; written += block.length) writeSync(file, block);
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}
