import { expect, it } from "vitest";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { compressor, readCapture } from "./read_capture.ts";
import { VECTORS } from "./vectors.ts";

const { loadReplay, explanations } = SNAPSHOT_PROTOCOL.inspection!;
const createReplay = await loadReplay!();
const CODES = new Set(explanations.map(({ code }) => code));

it.each(VECTORS)("$name: every rule that a replay says was broken is explained", ({ bytes }) => {
  const replay = createReplay("agent-01", { compressor });
  const broken = readCapture(bytes).flatMap((item) => {
    const end = item.type === "frame" ? item.offset + item.frame.length : item.endOffset;
    const row = item.type === "frame" ? item.row : undefined;
    const atMs = Number(row?.["timestampUtcMs"] ?? 0);
    return replay.take({ bytes: bytes.slice(item.offset, end), atMs, row }).flatMap((step) => step.broken);
  });
  // A code with a namespace is what a session says to its own host, not a rule of the wire.
  const ofTheWire = broken.map(({ code }) => code).filter((code) => !code.includes("/"));
  expect(ofTheWire.filter((code) => !CODES.has(code))).toEqual([]);
});
