import type { Socket } from "node:net";
import type { LatencyLog } from "./latency_log.ts";
import type { LoadConnection } from "./subject.ts";

/** How a peer is spoken to. */
export interface PeerDialect {
  /** Messages in one request. */
  readonly messagesPerRequest: number;
  /** The bytes of so many requests in a row. */
  requests(count: number): Uint8Array;
  /**
   * Counts the whole answers in what came in.
   *
   * @returns how many, and how many bytes they take
   * @throws Error for an answer that says anything but that the request is kept
   */
  answers(bytes: Uint8Array): { readonly count: number; readonly bytes: number };
}

/** Requests without waiting for the answer of the one before, up to a bound; answers come in the order of the requests. */
export class PipelinedConnection implements LoadConnection {
  readonly #socket: Socket;
  readonly #dialect: PeerDialect;
  #log: LatencyLog | undefined;
  /** When each request in flight was sent. */
  readonly #sentMs: number[] = [];
  #isSending = false;
  #unread: Uint8Array = new Uint8Array(0);
  #tellIdle: () => void = () => {};
  #failed: Error | undefined;

  constructor(socket: Socket, dialect: PeerDialect) {
    this.#socket = socket;
    this.#dialect = dialect;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", (error) => {
      this.#failed = error;
      this.#tellIdle();
    });
  }

  start(inFlight: number, log: LatencyLog): void {
    this.#log = log;
    this.#isSending = true;
    this.#send(Math.max(1, Math.floor(inFlight / this.#dialect.messagesPerRequest)));
  }

  async stop(): Promise<void> {
    this.#isSending = false;
    if (this.#sentMs.length > 0 && this.#failed === undefined) {
      await new Promise<void>((resolve) => {
        this.#tellIdle = resolve;
      });
    }
    if (this.#failed !== undefined) throw this.#failed;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(requests: number): void {
    const nowMs = performance.now();
    for (let i = 0; i < requests; i++) this.#sentMs.push(nowMs);
    this.#socket.write(this.#dialect.requests(requests));
  }

  #receive(chunk: Uint8Array): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    try {
      const answers = this.#dialect.answers(bytes);
      this.#unread = bytes.slice(answers.bytes);
      for (const sentMs of this.#sentMs.splice(0, answers.count))
        this.#log?.add(sentMs, this.#dialect.messagesPerRequest);
      if (this.#isSending && answers.count > 0) this.#send(answers.count);
    } catch (error) {
      this.#failed = error as Error;
    }
    if (this.#sentMs.length === 0 || this.#failed !== undefined) this.#tellIdle();
  }
}
