import type { ProtocolError } from "../core/mod.ts";
import type { CaptureFault } from "./capture_reader.ts";
import { printable } from "./printable.ts";
import { counted } from "./quantities.ts";

/** What was found in place of what. */
export function foundText({ found, expected }: Pick<ProtocolError, "found" | "expected">): string {
  return printable(`found ${found}, expected ${expected}`);
}

/** What was given up, and where reading goes on. */
export function resumeText({ offset, endOffset, resumedBy }: CaptureFault): string {
  const skipped = `skipped ${counted(endOffset - offset, "byte")}, ${offset} to ${endOffset}`;
  switch (resumedBy) {
    case "length":
      return `${skipped}: the frame's own length, after which reading goes on`;
    case "search":
      return `${skipped}: the next good frame was found there`;
    case "nothing":
      return `${skipped}: no good frame follows up to the end`;
  }
}
