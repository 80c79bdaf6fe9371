/** Metadata of READY and INITIATE (zmtp §1.4). */
import { zmtpError } from "./errors.ts";
import type { FieldPlace } from "./field_place.ts";
import type { Metadata, MetadataProperty } from "./metadata_types.ts";

const LENGTH_BYTES = 4;
/** Names that a peer may use (zmtp §1.4). */
const NAME = /^[A-Za-z0-9\-_.+]+$/;
const UTF8 = new TextEncoder();

/**
 * Reads metadata to its last octet.
 *
 * @param told where an inspector's sink is told the properties
 * @throws ProtocolError `zmtp/bad-metadata`, `zmtp/metadata-too-large`, both remote
 *
 * @example
 * ```ts
 * import { decodeMetadata, encodeMetadata } from "tidewire/zmtp";
 * const bytes = encodeMetadata([{ name: "Socket-Type", value: new TextEncoder().encode("PUB") }]);
 * decodeMetadata(bytes, 1_000)[0]!.name; // "Socket-Type"
 * ```
 */
export function decodeMetadata(bytes: Uint8Array, maxBytes: number, told?: FieldPlace): Metadata {
  if (bytes.length > maxBytes) {
    throw zmtpError("metadata-too-large", `${bytes.length} octets of metadata`, `at most ${maxBytes}`);
  }
  const properties: MetadataProperty[] = [];
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes[at]!;
    const valueAt = nameEnd + LENGTH_BYTES;
    if (valueAt > bytes.length) throw malformed(bytes, at, "a name and four octets of length");
    const name = String.fromCharCode(...bytes.subarray(at + 1, nameEnd));
    if (!NAME.test(name)) throw malformed(bytes, at, "a name of A-Z a-z 0-9 - _ . +");
    let valueBytes = 0;
    for (let i = nameEnd; i < valueAt; i++) valueBytes = valueBytes * 256 + bytes[i]!;
    if (valueBytes > bytes.length - valueAt) throw malformed(bytes, nameEnd, "a value that ends within the metadata");
    // A view would keep the chunk that it came in for as long as the connection lasts.
    const property = { name, value: bytes.slice(valueAt, valueAt + valueBytes) };
    if (told !== undefined) tellProperty(property, at, told);
    properties.push(property);
    at = valueAt + valueBytes;
  }
  return properties;
}

/**
 * Properties as they go out, their names in the case given: libzmq compares them with it (zmtp §1.4).
 *
 * @example
 * ```ts
 * import { encodeMetadata } from "tidewire/zmtp";
 * encodeMetadata([{ name: "Identity", value: new Uint8Array(0) }]).length; // 13
 * ```
 */
export function encodeMetadata(properties: Metadata): Uint8Array {
  const total = properties.reduce((sum, { name, value }) => sum + 1 + name.length + LENGTH_BYTES + value.length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { name, value } of properties) {
    bytes[at] = name.length;
    bytes.set(UTF8.encode(name), at + 1);
    at += 1 + name.length;
    view.setUint32(at, value.length);
    bytes.set(value, at + LENGTH_BYTES);
    at += LENGTH_BYTES + value.length;
  }
  return bytes;
}

/** The first value under a name, whatever its case (zmtp §1.4). */
export function propertyOf(metadata: Metadata, name: string): Uint8Array | undefined {
  const wanted = name.toLowerCase();
  return metadata.find((one) => one.name.toLowerCase() === wanted)?.value;
}

function tellProperty({ name, value }: MetadataProperty, at: number, told: FieldPlace): void {
  const nameAt = told.at + at;
  const lengthAt = nameAt + 1 + name.length;
  told.sink.open("property", nameAt);
  told.sink.field("name", name, nameAt, 1 + name.length, "text");
  told.sink.field("valueBytes", value.length, lengthAt, LENGTH_BYTES, "u32be");
  told.sink.field("value", value, lengthAt + LENGTH_BYTES, value.length, "bytes");
  told.sink.close(lengthAt + LENGTH_BYTES + value.length);
}

function malformed(bytes: Uint8Array, at: number, expected: string): Error {
  return zmtpError("bad-metadata", `${bytes.length - at} octets`, expected, at);
}
