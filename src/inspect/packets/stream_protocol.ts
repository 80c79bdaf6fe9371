/** Which protocol a stream is of, by its first bytes. */
import { findFrame } from "../../core/mod.ts";
import type { ProtocolDefinition } from "../../protocols/definition.ts";
import { probeFrame } from "../frame_probe.ts";

/** What speaks for a protocol. */
export interface ProtocolMatch {
  readonly definition: ProtocolDefinition;
  readonly reason: string;
  /** From 0 to 1. */
  readonly confidence: number;
}

/**
 * What the start of a stream says about one protocol.
 *
 * @param isAll whether there is no more of the stream
 */
export function matchProtocol(definition: ProtocolDefinition, head: Uint8Array, isAll: boolean): ProtocolMatch {
  const { layout, title } = definition;
  const match = (confidence: number, reason: string): ProtocolMatch => ({ definition, reason, confidence });
  if (layout.type === "staged" || layout.framing.crcBytes === 0) {
    const reason = definition.recognise?.(head);
    return reason === undefined ? match(0, `does not begin as ${title} does`) : match(0.95, reason);
  }
  const { framing } = layout;
  const probe = probeFrame(framing, head, 0);
  if (probe.status === "ok") {
    return match(1, `begins with a frame of ${probe.declaredBytes} bytes whose CRC holds, as ${title} has them`);
  }
  const found = findFrame(framing, head, 1);
  if (found >= 0) return match(0.9, `has a frame at byte ${found} whose CRC holds, as ${title} has them`);
  if (probe.status === "short" && head.length >= framing.lengthAt + framing.lengthBytes) {
    const what = `could begin with a frame of ${title} of ${probe.wantedBytes} bytes`;
    return match(isAll ? 0.2 : 0.3, isAll ? `${what}, cut off` : `${what}, of which the start is here`);
  }
  if (probe.status === "crcMismatch") {
    return match(0.25, `could begin with a frame of ${title} of ${probe.declaredBytes} bytes whose CRC is wrong`);
  }
  return match(0, `has no frame of ${title} in its first ${head.length} bytes`);
}

/** Sure enough to look no further. */
export const SURE_CONFIDENCE = 0.9;

/** The likeliest first; among equals in the order of the catalogue. */
export function matchProtocols(
  catalogue: readonly ProtocolDefinition[],
  head: Uint8Array,
  isAll: boolean,
): ProtocolMatch[] {
  const matches = catalogue.map((definition) => matchProtocol(definition, head, isAll));
  return matches.sort((a, b) => b.confidence - a.confidence);
}
