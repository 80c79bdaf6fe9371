/**
 * Whose certificate it is, read from the certificate's own bytes (DER). The texts that runtimes make of it can't be
 * trusted with this: some join names with commas and quote nothing, so that one name can pretend to be two.
 */

/** What stands before the percent-encoded agent id in a URI of the certificate's subject alternative name. */
export const AGENT_URI_PREFIX = "urn:tidewire:agent:";

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
/** TBSCertificate.extensions, RFC 5280 §4.1 */
const EXTENSIONS = 0xa3;
/** GeneralName.uniformResourceIdentifier, RFC 5280 §4.2.1.6 */
const URI = 0x86;
/** id-ce-subjectAltName, 2.5.29.17 */
const SUBJECT_ALT_NAME: readonly number[] = [0x55, 0x1d, 0x11];

interface Element {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/**
 * The agent ids that a certificate is made out to; none for one that can't be read.
 *
 * @param certificate an X.509 certificate in DER, verified by the host
 * @example
 * ```ts
 * agentIdsOf(new Uint8Array(0)); // []
 * ```
 */
export function agentIdsOf(certificate: Uint8Array): string[] {
  const [whole] = children(certificate);
  const [tbs] = children(whole?.tag === SEQUENCE ? whole.bytes : undefined);
  const block = children(tbs?.bytes).find(({ tag }) => tag === EXTENSIONS);
  const ids: string[] = [];
  for (const extension of children(children(block?.bytes)[0]?.bytes)) {
    const [oid, ...rest] = children(extension.bytes);
    if (oid?.tag !== OBJECT_IDENTIFIER || !isSubjectAltName(oid.bytes)) continue;
    const value = rest.find(({ tag }) => tag === OCTET_STRING);
    for (const name of children(children(value?.bytes)[0]?.bytes)) {
      const id = name.tag === URI ? agentIdOf(name.bytes) : undefined;
      if (id !== undefined) ids.push(id);
    }
  }
  return ids;
}

function agentIdOf(uri: Uint8Array): string | undefined {
  try {
    // An IA5String: ASCII, so that anything else is no name of ours.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(uri);
    if (!text.startsWith(AGENT_URI_PREFIX)) return undefined;
    const id = decodeURIComponent(text.slice(AGENT_URI_PREFIX.length));
    return id === "" ? undefined : id;
  } catch {
    return undefined;
  }
}

function isSubjectAltName(oid: Uint8Array): boolean {
  return oid.length === SUBJECT_ALT_NAME.length && SUBJECT_ALT_NAME.every((byte, i) => oid[i] === byte);
}

/** The elements that follow each other in some bytes; none when one of them does not fit. */
function children(bytes: Uint8Array = new Uint8Array(0)): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lengthByte = bytes[at + 1];
    if (lengthByte === undefined) return [];
    // Long form: at most four bytes of length, far more than any certificate needs.
    const sizeBytes = lengthByte < 0x80 ? 0 : lengthByte & 0x7f;
    if (lengthByte === 0x80 || sizeBytes > 4) return [];
    let length = sizeBytes === 0 ? lengthByte : 0;
    for (let i = 0; i < sizeBytes; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const start = at + 2 + sizeBytes;
    if (start + length > bytes.length) return [];
    elements.push({ tag: bytes[at]!, bytes: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}
