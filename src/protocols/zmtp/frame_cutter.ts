import type { CutProbe, FrameCutter } from "../definition.ts";
import { zmtpError } from "./errors.ts";
import { headBytesOf, readHead } from "./frame_head.ts";
import { kindOfStart } from "./greeting.ts";
import { GREETING_BYTES, LONG_HEAD_BYTES } from "./wire.ts";

/** The largest body that is read from a capture: a length over it is more likely damage than a message. */
export const MAX_CAPTURE_BODY_BYTES = 67_108_864;
export const MAX_CAPTURE_FRAME_BYTES: number = MAX_CAPTURE_BODY_BYTES + LONG_HEAD_BYTES;

/** Cuts one direction of a stream: the greeting, then frames (zmtp §1.1, §1.2). */
export class ZmtpFrameCutter implements FrameCutter {
  #isGreeted = false;

  probe(bytes: Uint8Array): CutProbe {
    return this.#isGreeted ? probeFrame(bytes) : probeGreeting(bytes);
  }

  accept(): void {
    this.#isGreeted = true;
  }
}

function probeGreeting(bytes: Uint8Array): CutProbe {
  const kind = kindOfStart(bytes);
  if (kind === "old") {
    const found = bytes[0] === 0xff ? "a greeting of ZMTP 2.0 or older" : `a first octet of ${bytes[0]}`;
    return { status: "bad", error: zmtpError("old-version", found, "a greeting of ZMTP 3", 0) };
  }
  // An old peer's greeting shows before there are 64 octets, so ask again with each one that comes.
  if (kind === "short") return { status: "short", wantedBytes: bytes.length + 1 };
  if (bytes.length < GREETING_BYTES) return { status: "short", wantedBytes: GREETING_BYTES };
  return { status: "ok", frameBytes: GREETING_BYTES };
}

function probeFrame(bytes: Uint8Array): CutProbe {
  const headBytes = headBytesOf(bytes[0]!);
  if (bytes.length < headBytes) return { status: "short", wantedBytes: headBytes };
  const { bodyBytes } = readHead(bytes);
  if (bodyBytes > MAX_CAPTURE_BODY_BYTES) {
    const error = zmtpError("frame-too-large", `a body of ${bodyBytes} octets`, `at most ${MAX_CAPTURE_BODY_BYTES}`, 0);
    return { status: "bad", error };
  }
  const frameBytes = headBytes + bodyBytes;
  return bytes.length < frameBytes ? { status: "short", wantedBytes: frameBytes } : { status: "ok", frameBytes };
}
