import { checkFraming, type Framing } from "./framing.ts";
import { loadKernels } from "./kernels.ts";
import { ProtocolError } from "./protocol_error.ts";

/**
 * Finds the next whole frame in bytes that lost their boundaries: the first place at or after `from` with a length that can
 * be, all of the frame there, and a CRC that holds. -1 if there is none.
 *
 * @throws ProtocolError `core/resync-impossible` (side `local`) for a framing without a CRC, where nothing tells a frame
 * from noise, or with frames that are larger than the core can look at (512 KiB).
 *
 * @example
 * ```ts
 * import { findFrame, LENGTH_BODY_CRC } from "tidewire/core";
 * const bytes = Uint8Array.of(0xff, 0xff, 0, 0, 0, 1, 0x61, 0x43, 0xbe, 0xb7, 0xe8);
 * console.log(findFrame(LENGTH_BODY_CRC, bytes, 0)); // 2
 * ```
 */
export function findFrame(framing: Framing, bytes: Uint8Array, from: number): number {
  checkFraming(framing);
  const kernels = loadKernels();
  if (framing.crcBytes === 0 || framing.maxFrameBytes > kernels.stagingBytes) {
    throw new ProtocolError({
      code: "core/resync-impossible",
      side: "local",
      found: `framing ${framing.name} with a CRC of ${framing.crcBytes} bytes and frames up to ${framing.maxFrameBytes}`,
      expected: `a CRC of 4 bytes and frames up to ${kernels.stagingBytes}`,
    });
  }
  const windowBytes = kernels.holds(bytes) ? bytes.length : kernels.stagingBytes;
  for (let at = from; at < bytes.length; ) {
    const window = bytes.subarray(at, at + windowBytes);
    const isLast = at + window.length === bytes.length;
    // A frame that starts later than this may be cut off by the window: it is looked at in the next one.
    const starts = isLast ? window.length : window.length - framing.maxFrameBytes + 1;
    kernels.useFraming(framing);
    const begin = kernels.place(window);
    const found = kernels.wasm.findFrame(begin, begin + starts, begin + window.length);
    if (found !== 0) return at + found - begin;
    at += starts;
  }
  return -1;
}
