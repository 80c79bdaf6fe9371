import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FrameScanner } from "../../src/core/mod.ts";
import { decodeEnvelope, idHex, SNAPSHOT_FRAMING } from "../../src/protocols/snapshot/mod.ts";

/** Which snapshots a store's folder holds, in the order in which they were stored; unsegmented and uncompressed ones only. */
export function readStoredIds(dir: string): { readonly agentId: string; readonly id: string }[] {
  const number = (name: string): number => Number(/-(\d+)\.tide$/.exec(name)?.[1]);
  const names = readdirSync(dir).filter((name) => name.endsWith(".tide"));
  const found: { agentId: string; id: string }[] = [];
  for (const name of names.sort((a, b) => number(a) - number(b))) {
    const scanner = new FrameScanner(SNAPSHOT_FRAMING);
    scanner.push(readFileSync(join(dir, name)));
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
      if (frame.status !== "ok") throw new Error(`${name} at ${frame.offset}: ${frame.status}`);
      const { envelope, payloadAt } = decodeEnvelope(frame.bytes);
      found.push({ agentId: envelope.agentId, id: idHex(frame.bytes.subarray(payloadAt, payloadAt + 16)) });
    }
    if (scanner.finish() !== undefined) throw new Error(`${name} ends inside a frame`);
  }
  return found;
}
