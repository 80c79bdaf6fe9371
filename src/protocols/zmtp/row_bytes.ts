/** Octets as rows have them. */
import type { FrameRow } from "../definition.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Control, format, private and unassigned characters, but for those that lay out a text. */
const UNPRINTABLE = /[^\P{C}\t\n\r]/u;

/** Two hexadecimal digits an octet. */
export function hexOf(bytes: Uint8Array): string {
  let hex = "";
  for (const octet of bytes) hex += octet < 16 ? `0${octet.toString(16)}` : octet.toString(16);
  return hex;
}

/** Octets under `name` as hexadecimal digits, and beside them `text` where they are printable. */
export function octetsRow(name: string, bytes: Uint8Array): FrameRow {
  const text = textOf(bytes);
  return text === undefined ? { [name]: hexOf(bytes) } : { [name]: hexOf(bytes), text };
}

/** Octets as printable text; nothing if they are none, or if there are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  try {
    const text = UTF8.decode(bytes);
    return UNPRINTABLE.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
