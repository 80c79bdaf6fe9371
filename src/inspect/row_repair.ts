import { type BitRepair, findBitRepair } from "./bit_repair.ts";
import type { IndexedCapture } from "./read_row.ts";
import { readStreamBytes } from "./source_bytes.ts";

/**
 * The bit whose flip makes a row's frame whole, with what lies behind it: where the length was hit, the frame reaches further than
 * the row. Nothing for a row that is no fault, a protocol without a CRC, or damage that no single bit explains.
 *
 * @example
 * ```ts
 * const repair = await repairOfRow(capture, row);
 * repair?.field; // "length"
 * ```
 */
export async function repairOfRow({ source, index }: IndexedCapture, row: number): Promise<BitRepair | undefined> {
  const fault = index.fault(row);
  const stream = index.streams[index.streamNumber(row)]!;
  const layout = stream.definition?.layout;
  // A frame that was whole and could not be decoded has no wrong bit that its CRC could tell.
  if (fault === undefined || fault.resumedBy === "frame" || layout?.type !== "framed") return undefined;
  const { framing } = layout;
  return findBitRepair(framing, await readStreamBytes(source, stream, index.offset(row), framing.maxFrameBytes));
}
