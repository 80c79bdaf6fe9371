import type {
  Endpoint,
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostTransportOptions,
  SocketHost,
} from "../../../src/ports/mod.ts";

const WAIT_MS = 10_000;

export const OPTIONS: HostTransportOptions = {
  webSocketProtocols: ["ZWS2.0/NULL", "ZWS2.0"],
  maxWebSocketMessageBytes: 4_000_000,
  connectTimeoutMs: 5_000,
  tls: undefined,
};

/** Bytes that tell where they are from. */
export function numbered(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + seed;
  return bytes;
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** One end of a connection: what was told of it. */
export class End implements HostLinkEvents {
  link!: HostLink;
  info: HostLinkInfo | undefined;
  readonly chunks: Uint8Array[] = [];
  receivedBytes = 0;
  /** How often it was told of several at once. */
  tellings = 0;
  writableCount = 0;
  isOpen = false;
  isClosed = false;
  failure: string | undefined;
  readonly #waiting: Set<() => void> = new Set();

  onOpen(info: HostLinkInfo): void {
    this.isOpen = true;
    this.info = info;
    this.#wake();
  }

  onChunk(chunk: Uint8Array): void {
    if (this.isClosed) throw new Error("a chunk after the end");
    this.chunks.push(chunk);
    this.receivedBytes += chunk.length;
    this.#wake();
  }

  onChunks(chunks: readonly Uint8Array[]): void {
    this.tellings++;
    for (const chunk of chunks) this.onChunk(chunk);
  }

  onWritable(): void {
    this.writableCount++;
    this.#wake();
  }

  onClosed(failure: string | undefined): void {
    if (this.isClosed) throw new Error("closed twice");
    this.isClosed = true;
    this.failure = failure;
    this.#wake();
  }

  /** Resolves when it holds; rejects when it takes too long. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`waited in vain: ${this.receivedBytes} bytes, closed ${this.isClosed}, ${this.failure}`));
      }, WAIT_MS);
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** A listener; its end tells of the first peer. */
export interface Listening {
  readonly endpoint: string;
  readonly failure: string | undefined;
  readonly peer: End;
  stop(): Promise<void>;
}

/** Listens, or says why it could not. */
export function listenOnly(
  host: SocketHost,
  endpoint: Endpoint,
  options: HostTransportOptions = OPTIONS,
): Promise<Listening> {
  return new Promise((resolve) => {
    const peer = new End();
    const listening = { endpoint: "", failure: undefined as string | undefined, peer, stop };
    let closed: () => void = () => {};
    const listener = host.listen(endpoint, options, {
      onListening(text) {
        listening.endpoint = text;
        resolve(listening);
      },
      onAccepted(link, info) {
        peer.link = link;
        peer.onOpen(info);
        return peer;
      },
      onAcceptFailed() {},
      onClosed(failure) {
        listening.failure = failure;
        closed();
        resolve(listening);
      },
    });
    function stop(): Promise<void> {
      return new Promise((stopped) => {
        closed = stopped;
        listener.close();
      });
    }
  });
}

/** Dials; resolves when it is over or open. */
export async function dialOnly(
  host: SocketHost,
  endpoint: Endpoint,
  options: HostTransportOptions = OPTIONS,
): Promise<End> {
  const end = new End();
  end.link = host.dial(endpoint, options, end);
  if (end.isOpen || end.isClosed) throw new Error("told from inside the call");
  await end.until(() => end.isOpen || end.isClosed);
  return end;
}

/** Both ends of a connection. */
export interface Pair {
  readonly listener: Listening;
  readonly dialled: End;
  readonly accepted: End;
  /** Closes all and waits for it. */
  stop(): Promise<void>;
}

export async function connectPair(
  host: SocketHost,
  endpoint: Endpoint,
  options: HostTransportOptions = OPTIONS,
  dialOptions: HostTransportOptions = options,
): Promise<Pair> {
  const listener = await listenOnly(host, endpoint, options);
  if (listener.failure !== undefined) throw new Error(`could not listen: ${listener.failure}`);
  const dialled = await dialOnly(host, dialTarget(endpoint, listener.endpoint), dialOptions);
  if (dialled.failure !== undefined) throw new Error(`could not dial: ${dialled.failure}`);
  const accepted = listener.peer;
  await accepted.until(() => accepted.isOpen);
  async function stop(): Promise<void> {
    dialled.link.close();
    await Promise.all([dialled, accepted].map((end) => end.until(() => end.isClosed)));
    await listener.stop();
  }
  return { listener, dialled, accepted, stop };
}

function dialTarget(endpoint: Endpoint, bound: string): Endpoint {
  if (endpoint.transport === "ipc") return { transport: "ipc", path: bound.slice("ipc://".length) };
  const port = Number(/:(\d+)(\/.*)?$/.exec(bound)![1]);
  return { ...endpoint, host: endpoint.host === "*" ? "localhost" : endpoint.host, port };
}
