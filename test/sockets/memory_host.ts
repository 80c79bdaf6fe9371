import type {
  Endpoint,
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostListener,
  HostListenerEvents,
  HostTimer,
  HostTransport,
  HostTransportOptions,
  SocketHost,
} from "../../src/ports/mod.ts";

/** Bytes that one end takes before it says that it has enough. */
const BUFFER_BYTES = 262_144;

/** One end of a connection in memory: what it is given arrives at the other end in a later turn, chunk by chunk. */
export class MemoryLink implements HostLink {
  other!: MemoryLink;
  events: HostLinkEvents | undefined;
  readonly #schedule: (task: () => void) => void;
  readonly written: Uint8Array[] = [];
  #bytes = 0;
  #isPaused = false;
  #isPlanned = false;
  #isEnding = false;
  #wantsWritable = false;
  isClosed = false;
  /** Nothing is delivered while it is set. */
  isStalled = false;

  constructor(schedule: (task: () => void) => void) {
    this.#schedule = schedule;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    if (this.isClosed || this.#isEnding) return true;
    for (const chunk of chunks) {
      this.written.push(chunk);
      this.#bytes += chunk.length;
    }
    this.#plan();
    this.#wantsWritable = this.#bytes > BUFFER_BYTES;
    return !this.#wantsWritable;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.other.#plan();
  }

  close(): void {
    this.#isEnding = true;
    this.#plan();
  }

  destroy(): void {
    this.cut(undefined);
  }

  /** Delivers again. */
  release(): void {
    this.isStalled = false;
    this.#plan();
  }

  /** The connection breaks: nothing more arrives at either end. */
  cut(failure: string | undefined): void {
    for (const end of [this, this.other]) {
      if (end.isClosed) continue;
      end.isClosed = true;
      end.#schedule(() => end.events?.onClosed(end === this && failure === undefined ? undefined : failure));
    }
  }

  #plan(): void {
    if (this.#isPlanned || this.isStalled) return;
    this.#isPlanned = true;
    this.#schedule(() => {
      this.#isPlanned = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    if (this.isClosed || this.isStalled || this.other.#isPaused) return;
    const chunk = this.written.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      this.other.events?.onChunk(chunk);
      if (this.#wantsWritable && this.#bytes <= BUFFER_BYTES / 2) {
        this.#wantsWritable = false;
        this.events?.onWritable();
      }
    }
    if (this.written.length > 0) this.#plan();
    else if (this.#isEnding) this.cut(undefined);
  }
}

/** Where listeners and dials of a test meet. */
export class MemoryNetwork {
  readonly listeners: Map<string, HostListenerEvents> = new Map();
  /** The dialling ends of all connections that were ever made. */
  readonly links: MemoryLink[] = [];
  dials = 0;
  /** Dials fail while it is set. */
  isDown = false;
  #nextPort = 40_000;

  /** Connections that are open. */
  get open(): MemoryLink[] {
    return this.links.filter((link) => !link.isClosed);
  }

  cutAll(): void {
    for (const link of this.open) link.cut("connection reset");
  }

  takePort(): number {
    return this.#nextPort++;
  }

  addLink(link: MemoryLink): void {
    this.links.push(link);
  }
}

/** A host whose connections go through memory; time and turns are the real ones. */
export class MemoryHost implements SocketHost {
  readonly clock = { monotonicMs: (): number => performance.now(), utcMs: (): number => Date.now() };
  readonly entropy = { fill: (into: Uint8Array): void => void crypto.getRandomValues(into) };
  readonly dials: ReadonlySet<HostTransport> = new Set<HostTransport>(["tcp"]);
  readonly listens: ReadonlySet<HostTransport> = new Set<HostTransport>(["tcp"]);
  readonly network: MemoryNetwork;

  constructor(network: MemoryNetwork = new MemoryNetwork()) {
    this.network = network;
  }

  endOfTurn(task: () => void): void {
    queueMicrotask(task);
  }

  nextTurn(task: () => void): void {
    setImmediate(task);
  }

  setTimer(delayMs: number, task: () => void): HostTimer {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  }

  dial(endpoint: Endpoint, _options: HostTransportOptions, events: HostLinkEvents): HostLink {
    const schedule = (task: () => void): void => this.nextTurn(task);
    const near = new MemoryLink(schedule);
    const far = new MemoryLink(schedule);
    near.other = far;
    far.other = near;
    near.events = events;
    this.network.dials++;
    schedule(() => {
      if (near.isClosed) return;
      const address = addressOf(endpoint);
      const listener = this.network.isDown ? undefined : this.network.listeners.get(address);
      const info: HostLinkInfo = {
        peerAddress: "127.0.0.1",
        localEndpoint: address,
        remoteEndpoint: address,
        webSocketProtocol: undefined,
      };
      far.events = listener?.onAccepted(far, info);
      if (far.events === undefined) {
        near.isClosed = true;
        events.onClosed("connection refused");
        return;
      }
      this.network.addLink(near);
      events.onOpen(info);
    });
    return near;
  }

  listen(endpoint: Endpoint, _options: HostTransportOptions, events: HostListenerEvents): HostListener {
    const isAny = endpoint.transport === "tcp" && endpoint.port === 0;
    const address = addressOf(isAny ? { ...endpoint, port: this.network.takePort() } : endpoint);
    this.nextTurn(() => {
      if (this.network.listeners.has(address)) {
        events.onClosed("address in use");
        return;
      }
      this.network.listeners.set(address, events);
      events.onListening(address);
    });
    return {
      close: () => {
        if (this.network.listeners.get(address) === events) this.network.listeners.delete(address);
        this.nextTurn(() => events.onClosed(undefined));
      },
    };
  }
}

function addressOf(endpoint: Endpoint): string {
  if (endpoint.transport !== "tcp") throw new Error("memory has tcp only");
  const host = endpoint.host === "*" ? "127.0.0.1" : endpoint.host;
  return `tcp://${host}:${endpoint.port}`;
}
