/** What this protocol tells those who explain its captures. */
import type { ProtocolError } from "../../core/mod.ts";
import type { ByteRange, ProtocolInspection } from "../inspection.ts";
import { EXPLANATIONS } from "./explanations.ts";
import { readHead } from "./frame_head.ts";
import { ZmtpWatch } from "./oddities.ts";
import { ROW_FIELDS } from "./row_fields.ts";
import { GREETING_BYTES, MECHANISM_AT, MECHANISM_BYTES } from "./wire.ts";

/** The inspection of ZMTP. */
export const ZMTP_INSPECTION: ProtocolInspection = {
  specPath: "src/protocols/zmtp/SPEC.md",
  explanations: EXPLANATIONS,
  fields: ROW_FIELDS,
  // Nothing in ZMTP tells one message from another of the same bytes.
  idOf: () => undefined,
  rangeOf,
  createWatch: () => new ZmtpWatch(),
};

/** A greeting's mechanism; of other frames the body, which is as exact as a fault that follows from what came before can be. */
function rangeOf(frame: Uint8Array, { code }: ProtocolError): ByteRange | undefined {
  if (code === "zmtp/bad-mechanism") return { start: MECHANISM_AT, end: MECHANISM_AT + MECHANISM_BYTES };
  if (code === "zmtp/early-message") return { start: 0, end: 1 };
  if (frame.length === GREETING_BYTES && code === "zmtp/old-version") return undefined;
  const { headBytes } = readHead(frame);
  return headBytes >= frame.length ? undefined : { start: headBytes, end: frame.length };
}
