import type { ProtocolError } from "../core/mod.ts";
import type { CaptureFault } from "./capture_reader.ts";
import { printable } from "./printable.ts";
import { counted } from "./quantities.ts";

/** What was found in place of what. */
export function foundText({ found, expected }: Pick<ProtocolError, "found" | "expected">): string {
  return printable(`found ${found}, expected ${expected}`);
}

/** What was given up, and where reading goes on. */
export function resumeText({
  offset,
  endOffset,
  resumedBy,
}: Pick<CaptureFault, "offset" | "endOffset" | "resumedBy">): string {
  const range = `${counted(endOffset - offset, "byte")}, ${offset} to ${endOffset}`;
  switch (resumedBy) {
    case "frame":
      return `the frame is whole (${range}); reading went on behind it`;
    case "length":
      return `skipped ${range}, where its length says that it ends; reading went on there`;
    case "search":
      return `skipped ${range}, where the next good frame starts`;
    case "hole":
      return `the capture lacks ${range}; reading went on behind them`;
    case "nothing":
      return `skipped ${range}, the end: no good frame follows`;
  }
}
