import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { applyRepair } from "../../src/inspect/bit_repair.ts";
import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { bytesSource } from "../../src/inspect/mod.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import { repairOfRow } from "../../src/inspect/row_repair.ts";

const folder = fileURLToPath(new URL("../../fixtures/corrupt/", import.meta.url));

function captureOf(bytes: Uint8Array, protocol: string): IndexedCapture {
  const indexer = new CaptureIndexer({ container: "stream", protocol });
  indexer.push(bytes);
  indexer.finish();
  return { source: bytesSource("test", bytes), index: indexer.index, options: { compressor: undefined } };
}

function read(name: string): { bytes: Uint8Array; protocol: string } {
  const { protocol } = JSON.parse(readFileSync(`${folder}${name}.json`, "utf8"));
  return { bytes: new Uint8Array(readFileSync(`${folder}${name}.tide`)), protocol };
}

/** Every repair of a capture, by row. */
async function repairsOf(
  capture: IndexedCapture,
): Promise<[number, NonNullable<Awaited<ReturnType<typeof repairOfRow>>>][]> {
  const repairs: Awaited<ReturnType<typeof repairsOf>> = [];
  for (let row = 0; row < capture.index.rows; row++) {
    const repair = await repairOfRow(capture, row);
    if (repair !== undefined) repairs.push([row, repair]);
  }
  return repairs;
}

it.each([
  ["body_bit", "covered"],
  ["crc_bit", "crc"],
  ["length_bit", "length"],
])("%s: the one bit is found, and with it put right nothing is wrong with the capture", async (name, field) => {
  const { bytes, protocol } = read(name);
  const capture = captureOf(bytes, protocol);
  const repairs = await repairsOf(capture);
  expect(repairs.map(([, repair]) => repair.field)).toEqual([field]);
  const [[row, repair]] = repairs as [[number, (typeof repairs)[0][1]]];
  const offset = capture.index.offset(row);
  const mended = bytes.slice();
  mended.set(applyRepair(bytes.subarray(offset), repair), offset);
  const { index } = captureOf(mended, protocol);
  expect([index.rows, index.faults.length]).toEqual([capture.index.rows, 0]);
});

it("no other damage of the fixtures looks like one bit, except where it is", async () => {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(".tide") ? [file.slice(0, -".tide".length)] : []));
  const repaired: string[] = [];
  for (const name of names) {
    const { bytes, protocol } = read(name);
    if ((await repairsOf(captureOf(bytes, protocol))).length > 0) repaired.push(name);
  }
  expect(repaired.filter((name) => !/_bit$|mixed/.test(name))).toEqual([]);
});
