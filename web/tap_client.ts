/** The page's end of a server's live tap (docs/operations.md, "The live tap"). */

/** What a watcher wants to see; empty lists mean all. */
export interface TapChoice {
  readonly agents: readonly string[];
  readonly types: readonly string[];
  readonly framesPerSecond: number;
}

/** What a server says of itself first. */
export interface TapHello {
  readonly coreSha256: string;
  /** `shown` or `redacted`. */
  readonly commandLines: string;
}

/** Told by a {@linkcode TapClient}. */
export interface TapListener {
  hello(hello: TapHello): void;
  /** Whole frames, one behind the other. */
  frames(bytes: Uint8Array): void;
  /** What became of the frames that were chosen, by name. */
  counts(counts: Readonly<Record<string, number>>): void;
  /** The choice was not taken. */
  refused(reason: string): void;
  /** It is over: said by the server, or what became of the connection. */
  closed(reason: string, needsToken: boolean): void;
}

const TAP_PROTOCOL = "tidewire.tap.1";
/** A server answers at once or is not there. */
const ASK_TIMEOUT_MS = 5_000;

/**
 * One watch of a live tap. The server is asked over HTTP first whether it lets this page watch: a WebSocket that is refused does not
 * say why.
 *
 * @example
 * ```ts
 * const client = new TapClient(new URL("/tap", location.href), listener);
 * await client.open("", { agents: [], types: [], framesPerSecond: 500 });
 * client.close();
 * ```
 */
export class TapClient {
  readonly #url: URL;
  readonly #listener: TapListener;
  #socket: WebSocket | undefined;
  /** Told apart from a connection that was lost. */
  #isClosing = false;

  constructor(url: URL, listener: TapListener) {
    this.#url = url;
    this.#listener = listener;
  }

  /** Begins to watch. What goes wrong is told by `closed`. */
  async open(token: string, choice: TapChoice): Promise<void> {
    const refusal = await this.#ask(token);
    if (refusal !== undefined) return this.#listener.closed(refusal.reason, refusal.needsToken);
    if (this.#isClosing) return;
    const url = new URL(this.#url);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url, token === "" ? [TAP_PROTOCOL] : [TAP_PROTOCOL, `bearer.${token}`]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.choose(choice);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#take(data);
    socket.onclose = () => {
      const reason = this.#isClosing ? "stopped" : "the server ended it, or the connection is lost";
      this.#listener.closed(reason, false);
    };
    this.#socket = socket;
  }

  choose(choice: TapChoice): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(choice));
  }

  close(): void {
    this.#isClosing = true;
    this.#socket?.close();
  }

  /** Why the server would refuse; nothing if it asks for a WebSocket, as one that lets us watch does. */
  async #ask(token: string): Promise<{ readonly reason: string; readonly needsToken: boolean } | undefined> {
    const headers: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
    try {
      const answer = await fetch(this.#url, {
        headers,
        cache: "no-store",
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      });
      if (answer.status === 426) return undefined;
      const said = (await answer.text()).trim().slice(0, 200);
      if (answer.status === 401) {
        const reason = token === "" ? "this server asks for its token" : "the server does not know this token";
        return { reason, needsToken: true };
      }
      if (answer.status === 404) return { reason: "what serves this page has no live tap", needsToken: false };
      return { reason: said === "" ? `the server answered ${answer.status}` : said, needsToken: false };
    } catch (error) {
      return { reason: `the server does not answer: ${(error as Error).message}`, needsToken: false };
    }
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      this.#listener.frames(new Uint8Array(data));
      return;
    }
    const { type, ...said } = JSON.parse(data) as Readonly<Record<string, unknown>>;
    if (type === "hello") {
      this.#listener.hello({ coreSha256: String(said["coreSha256"]), commandLines: String(said["commandLines"]) });
    } else if (type === "counts") {
      this.#listener.counts(said as Record<string, number>);
    } else if (type === "refused") {
      this.#listener.refused(String(said["reason"]));
    }
  }
}
