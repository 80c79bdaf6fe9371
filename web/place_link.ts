/** Places in captures as links, and small captures inside of links. */

/** A capture that a link carries is at most this long as base64: what messengers and address bars still take. */
export const MAX_CARRIED_CHARS = 16_384;
/** What a link may unpack to: a link must not fill the memory of who follows it. */
export const MAX_CARRIED_BYTES = 1_048_576;

/** What stands behind the `#` of a link. */
export interface Place {
  readonly row: number | undefined;
  /** Byte of the capture. */
  readonly offset: number | undefined;
  /** The capture itself, packed. */
  readonly packed: string | undefined;
}

/**
 * Reads what stands behind the `#`; what can't be read is left out.
 *
 * @example
 * ```ts
 * readPlace("#row=12&offset=4096"); // { row: 12, offset: 4096, packed: undefined }
 * ```
 */
export function readPlace(hash: string): Place {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const number = (name: string): number | undefined => {
    const text = values.get(name);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  return { row: number("row"), offset: number("offset"), packed: values.get("capture") ?? undefined };
}

/** What to put behind the `#`. */
export function writePlace({ row, offset, packed }: Place): string {
  const values = new URLSearchParams();
  if (row !== undefined) values.set("row", String(row));
  if (offset !== undefined) values.set("offset", String(offset));
  if (packed !== undefined) values.set("capture", packed);
  return `#${values}`;
}

/** A capture as text for a link; nothing if it is too large for one. */
export async function packCapture(bytes: Uint8Array): Promise<string | undefined> {
  if (bytes.length > MAX_CARRIED_BYTES) return undefined;
  const packed = await new Response(
    new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream("deflate-raw")),
  ).arrayBuffer();
  let text = "";
  for (const value of new Uint8Array(packed)) text += String.fromCharCode(value);
  const base64 = btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return base64.length <= MAX_CARRIED_CHARS ? base64 : undefined;
}

/**
 * The capture that a link carries.
 *
 * Rejects with an `Error` for a text that is none, and for one that unpacks to more than 1 MiB.
 */
export async function unpackCapture(packed: string): Promise<Uint8Array> {
  const text = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    if (size > MAX_CARRIED_BYTES) throw new Error(`the capture in this link is larger than ${MAX_CARRIED_BYTES} bytes`);
    pieces.push(next.value);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
