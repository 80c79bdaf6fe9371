import { createHash, timingSafeEqual } from "node:crypto";
import { CredentialsError } from "./tls_credentials.ts";

/** 96 bits in base64; whoever counts up to that needs no timing. */
const MIN_CHARS = 16;
const MAX_CHARS = 4_096;

/** The token that HTTP requests have to bring (RFC 6750). */
export class HttpToken {
  readonly #digest: Uint8Array;

  /** @throws CredentialsError for a text that is no token */
  constructor(text: string) {
    if (!/^[A-Za-z0-9\-._~+/]+=*$/.test(text) || text.length < MIN_CHARS || text.length > MAX_CHARS) {
      throw new CredentialsError(`expected one token of at least ${MIN_CHARS} characters from A-Z a-z 0-9 - . _ ~ + /`);
    }
    this.#digest = digest(text);
  }

  /** @param header the request's `Authorization`, or null */
  accepts(header: string | null): boolean {
    const sent = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
    // Digests have one length, and say nothing of how far the texts agree: the time tells nobody anything.
    return sent !== undefined && timingSafeEqual(digest(sent), this.#digest);
  }
}

/** @throws CredentialsError */
export function readToken(path: string): HttpToken {
  try {
    return new HttpToken(Deno.readTextFileSync(path).trim());
  } catch (error) {
    const hint = error instanceof Deno.errors.NotCapable ? "; --allow-read must name the file" : "";
    throw new CredentialsError(`--http-token-file ${path}: ${(error as Error).message}${hint}`);
  }
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
