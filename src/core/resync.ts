import { checkFraming, type Framing, headBytes } from "./framing.ts";
import { loadKernels } from "./kernels.ts";
import { ProtocolError } from "./protocol_error.ts";

/** Most often the next frame is near: little is copied for a first look. */
const FIRST_WINDOW_BYTES = 8_192;

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
  kernels.useFraming(framing);
  let windowBytes = kernels.holds(bytes) ? kernels.input.length : FIRST_WINDOW_BYTES;
  for (let at = from; at < bytes.length; ) {
    const window = bytes.subarray(at, at + windowBytes);
    const isLast = at + window.length === bytes.length;
    const begin = kernels.place(window);
    const found = kernels.wasm.findFrame(begin, begin + window.length, isLast);
    if (found > 0) return at + found - begin;
    if (isLast) return -1;
    if (found < 0) {
      // Could be a frame, but the window cuts it off: in a full window that starts there it is whole.
      at += -found - begin;
      windowBytes = Math.max(windowBytes, kernels.stagingBytes);
    } else {
      at += window.length - headBytes(framing) + 1;
      windowBytes = Math.max(windowBytes, Math.min(4 * windowBytes, kernels.stagingBytes));
    }
  }
  return -1;
}
