import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { applyRepair } from "../../src/inspect/bit_repair.ts";
import { setBytes } from "../../src/inspect/frame_edit.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import { repairOfRow } from "../../src/inspect/row_repair.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { indexedCapture } from "./indexed_capture.ts";

const folder = fileURLToPath(new URL("../../fixtures/corrupt/", import.meta.url));

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

/** What `generate.py` flipped: byte of the frame and bit, frame by frame. */
const FLIPPED: Readonly<Record<string, readonly (readonly [field: string, offset: number, bit: number])[]>> = {
  body_bit: [["covered", 34, 6]],
  crc_bit: [["crc", 4, 1]],
  length_bit: [["length", 1, 0]],
  length_huge: [["length", 3, 7]],
  several_bits: [
    ["covered", 50, 2],
    ["covered", 12, 0],
    ["covered", 60, 7],
  ],
  bad_part: [["covered", 200, 3]],
};

it.each(Object.entries(FLIPPED))(
  "%s: the bits are found, and with them put right every frame is whole",
  async (name, flipped) => {
    const { bytes, protocol } = read(name);
    const capture = indexedCapture(bytes, protocol);
    const repairs = await repairsOf(capture);
    expect(repairs.map(([, { field, offset, bit }]) => [field, offset, bit])).toEqual(flipped);
    const mended = bytes.slice();
    for (const [row, repair] of repairs) {
      const offset = capture.index.offset(row);
      mended.set(applyRepair(bytes.subarray(offset), repair), offset);
    }
    const { index } = indexedCapture(mended, protocol);
    expect([index.rows, index.faults.length]).toEqual([capture.index.rows, 0]);
  },
);

it("looks behind the row where reading went on inside the damaged frame", async () => {
  const ack = new Uint8Array(readFileSync(`${folder}../snapshot/ack_stored.tide`));
  const inner = { start: ack.length, end: ack.length };
  const outer = setBytes(SNAPSHOT_PROTOCOL, ack, inner, Uint8Array.from([...ack, 1, 2, 3]), "recompute");
  const damaged = outer.slice();
  damaged[3]! ^= 0x40;
  const capture = indexedCapture(damaged, "snapshot", false);
  expect([capture.index.offset(1), capture.index.fault(1)]).toEqual([ack.length, undefined]);
  const repair = await repairOfRow(capture, 0);
  expect(repair).toMatchObject({ field: "length", offset: 3, bit: 6 });
  expect(applyRepair(damaged, repair!)).toEqual(outer);
});

it("no other damage of the fixtures looks like one bit", async () => {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith(".tide") ? [file.slice(0, -".tide".length)] : []));
  const repaired: string[] = [];
  for (const name of names) {
    const { bytes, protocol } = read(name);
    if ((await repairsOf(indexedCapture(bytes, protocol))).length > 0) repaired.push(name);
  }
  // The mixed ones have flipped bits among the rest.
  expect(repaired.filter((name) => !name.includes("mixed")).sort()).toEqual(Object.keys(FLIPPED).sort());
});
