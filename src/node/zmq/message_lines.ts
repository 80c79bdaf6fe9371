import { UsageError } from "../command.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** What would move a cursor, or tear a line apart. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** How messages stand on lines. */
export type LineForm = "text" | "tabs" | "json";

/** A message as a line for people and simple filters: parts with tabs between them, in hexadecimal what is not plain text. */
export function messageText(message: readonly Uint8Array[]): string {
  return message.map((part) => plainText(part) ?? `0x${Buffer.from(part).toString("hex")}`).join("\t");
}

/** A message as a JSON line: parts are texts, or `{"hex":"…"}` where the bytes are no UTF-8. */
export function messageJson(message: readonly Uint8Array[], timeUtcMs: number): string {
  const parts = message.map((part) => decoded(part) ?? { hex: Buffer.from(part).toString("hex") });
  return JSON.stringify({ timeUtcMs, parts });
}

/**
 * The message that a line stands for.
 *
 * @throws UsageError for JSON of another shape
 */
export function parseMessage(line: string, form: LineForm): (string | Uint8Array)[] {
  if (form === "text") return [line];
  if (form === "tabs") return line.split("\t");
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw badLine(line);
  }
  const parts = typeof value === "object" && value !== null && "parts" in value ? value.parts : value;
  const list = Array.isArray(parts) ? parts : [parts];
  if (list.length === 0) throw badLine(line);
  return list.map((part) => {
    if (typeof part === "string") return part;
    const hex = typeof part === "object" && part !== null && "hex" in part ? part.hex : undefined;
    if (typeof hex !== "string" || !/^([0-9a-fA-F]{2})*$/.test(hex)) throw badLine(line);
    return new Uint8Array(Buffer.from(hex, "hex"));
  });
}

function badLine(line: string): UsageError {
  const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line;
  return new UsageError(
    `found ${JSON.stringify(shown)}, expected "text", ["part", …] or {"parts":["part",{"hex":"00ff"}]}`,
  );
}

function decoded(part: Uint8Array): string | undefined {
  try {
    return UTF8.decode(part);
  } catch {
    return undefined;
  }
}

function plainText(part: Uint8Array): string | undefined {
  const text = decoded(part);
  // A text that looks like our own hexadecimal would be read as bytes.
  return text === undefined || UNPRINTABLE.test(text) || /^0x[0-9a-f]*$/.test(text) ? undefined : text;
}
