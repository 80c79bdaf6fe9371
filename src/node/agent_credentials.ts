import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import type { AgentConfig } from "../agent/settings.ts";

/** A chain, or a bundle of CAs, is some KiB; what is larger is some other file. */
const MAX_FILE_BYTES = 1_048_576;

/** Whom the agent trusts, and what it shows of itself. */
export type TlsFiles = Pick<AgentConfig, "tlsCa" | "tlsCert" | "tlsKey">;

/**
 * The agent's side of TLS, from files. They are looked at before each connection, so that new ones need no restart;
 * broken ones are reported, and what was read before stays in use.
 */
export class AgentCredentials {
  readonly #files: TlsFiles;
  readonly #onFault: (reason: string) => void;
  #context: SecureContext;
  #text: string;
  #toldFault: string | undefined;

  /**
   * @param onFault told once of each thing that is wrong with new files
   * @throws Error when the files can't be used now; the message says which and why
   */
  constructor(files: TlsFiles, onFault: (reason: string) => void) {
    this.#files = files;
    this.#onFault = onFault;
    const texts = readTexts(files);
    this.#context = contextOf(files, texts);
    this.#text = JSON.stringify(texts);
  }

  /** What the next connection is made with. */
  current(): SecureContext {
    this.#look();
    return this.#context;
  }

  /** Looks at the files now; false, and `onFault` is told, when they can't be used. */
  reload(): boolean {
    this.#toldFault = undefined;
    return this.#look();
  }

  #look(): boolean {
    try {
      const texts = readTexts(this.#files);
      const text = JSON.stringify(texts);
      if (text !== this.#text) {
        this.#context = contextOf(this.#files, texts);
        this.#text = text;
      }
      this.#toldFault = undefined;
      return true;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#toldFault) this.#onFault(message);
      this.#toldFault = message;
      return false;
    }
  }
}

interface Texts {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function readTexts({ tlsCa, tlsCert, tlsKey }: TlsFiles): Texts {
  return { ca: readPem("--tls-ca", tlsCa), cert: readPem("--tls-cert", tlsCert), key: readPem("--tls-key", tlsKey) };
}

function contextOf({ tlsCa, tlsCert, tlsKey }: TlsFiles, { ca, cert, key }: Texts): SecureContext {
  checkCertificates(`--tls-ca ${tlsCa}`, ca);
  checkCertificates(`--tls-cert ${tlsCert}`, cert);
  if (cert !== undefined && key !== undefined && !isKeyOf(cert, `--tls-key ${tlsKey}`, key)) {
    throw new Error(`--tls-key ${tlsKey}: is not the key of --tls-cert ${tlsCert}`);
  }
  // Without a CA of its own it trusts those that Node trusts. Older versions than 1.3 are not spoken.
  return createSecureContext({
    minVersion: "TLSv1.3",
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

function isKeyOf(cert: string, flag: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new Error(`${flag}: found no private key that can be read (${(error as Error).message})`);
  }
}

/** Node takes a file without a certificate in it, and then trusts nobody. */
function checkCertificates(flag: string, pem: string | undefined): void {
  if (pem === undefined) return;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${flag}: found no certificate, expected PEM`);
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (error) {
    throw new Error(`${flag}: found a certificate that can't be read (${(error as Error).message})`);
  }
}

function readPem(flag: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE_BYTES) throw new Error(`found ${size} bytes, expected at most ${MAX_FILE_BYTES}`);
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${flag} ${path}: ${(error as Error).message}`);
  }
}
