import type { Log } from "../src/ports/mod.ts";
import { CredentialsError, readCredentials, type TlsCredentials, type TlsFiles } from "./tls_credentials.ts";

/** How often the files are looked at; whoever renews certificates does it days before. */
const CHECK_MS = 60_000;
/** Said at each start and change from here on, at the latest. */
const WARN_BEFORE_MS = 7 * 86_400_000;

/** Notices new certificates, when it is asked to look and by itself. A broken file is reported and changes nothing. */
export class CredentialsWatch {
  readonly #files: TlsFiles;
  readonly #log: Log;
  readonly #utcMs: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  #current: TlsCredentials;
  #onChanged: (credentials: TlsCredentials) => void = () => {};
  #toldFault: string | undefined;

  /** @throws CredentialsError when the files can't be used now */
  constructor(files: TlsFiles, log: Log, utcMs: () => number) {
    this.#files = files;
    this.#log = log;
    this.#utcMs = utcMs;
    this.#current = readCredentials(files);
    this.#tell("tlsLoaded");
    this.#timer = setInterval(() => this.#look(), CHECK_MS);
  }

  get current(): TlsCredentials {
    return this.#current;
  }

  /** @param onChanged told of credentials that are new and work */
  watch(onChanged: (credentials: TlsCredentials) => void): void {
    this.#onChanged = onChanged;
  }

  /** Looks now, and says what came of it in any case. */
  reload(): void {
    this.#toldFault = undefined;
    if (!this.#look()) this.#tell("tlsUnchanged");
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** False when there is nothing new. */
  #look(): boolean {
    try {
      const found = readCredentials(this.#files);
      this.#toldFault = undefined;
      if (found.text === this.#current.text) return false;
      this.#current = found;
      this.#onChanged(found);
      this.#tell("tlsReloaded");
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      // Half of a renewal may be there already: the other half follows, and the old ones do until then.
      if (error.message !== this.#toldFault) {
        this.#log.write("error", "tlsReloadFailed", { reason: error.message, inUse: "the ones read before" });
      }
      this.#toldFault = error.message;
    }
    return true;
  }

  #tell(event: string): void {
    const { notAfterMs } = this.#current;
    const isNear = notAfterMs - this.#utcMs() < WARN_BEFORE_MS;
    this.#log.write(isNear ? "warn" : "info", event, { certificateNotAfter: new Date(notAfterMs).toISOString() });
  }
}
