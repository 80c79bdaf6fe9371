import type {
  Endpoint,
  Entropy,
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostListener,
  HostListenerEvents,
  HostTimer,
  HostTransport,
  HostTransportOptions,
  SocketHost,
} from "../../../src/ports/mod.ts";
import type { Env } from "../env.ts";
import type { Link, LinkShape, Side } from "../link.ts";
import { Network } from "../network.ts";
import type { Prng } from "../prng.ts";

/** As the transports do: a peer that does not close its side is not waited for longer. */
const CLOSE_MS = 1_000;
const INFO: HostLinkInfo = {
  peerAddress: "10.0.0.1",
  localEndpoint: "tcp://10.0.0.2:1",
  remoteEndpoint: "tcp://10.0.0.1:1",
  webSocketProtocol: undefined,
};

/** One end of a virtual connection, as a socket host gives it. */
class VirtualLink implements HostLink {
  events: HostLinkEvents | undefined;
  #link: Link | undefined;
  readonly #env: Env;
  readonly #side: Side;
  #waiting: Uint8Array[] = [];
  #isPaused = false;
  #isEnding = false;
  #isOver = false;
  #failure: string | undefined;

  constructor(env: Env, side: Side) {
    this.#env = env;
    this.#side = side;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  attach(link: Link): void {
    this.#link = link;
    link.attach(this.#side, {
      onChunk: (chunk) => this.#take(chunk.slice()),
      onClosed: (reason) => this.#closed(reason === "the peer closed" ? undefined : reason),
      onTaken: () => this.#later(() => this.events?.onWritable()),
    });
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#link?.write(this.#side, chunks) ?? true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#later(() => this.#deliver());
  }

  close(): void {
    if (this.#link === undefined) {
      this.destroy();
      return;
    }
    this.#isEnding = true;
    this.#waiting = [];
    this.#link.finish(this.#side);
    this.#env.scheduler.after(CLOSE_MS, () => this.destroy());
  }

  destroy(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#link?.close(this.#side);
    this.#env.scheduler.after(0, () => this.events?.onClosed(undefined));
  }

  /** The dial came to nothing. */
  fail(failure: string): void {
    this.#closed(failure);
  }

  #take(chunk: Uint8Array): void {
    if (this.#isEnding || this.#isOver) return;
    this.#waiting.push(chunk);
    this.#deliver();
  }

  #deliver(): void {
    while (!this.#isPaused && !this.#isOver) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      this.events?.onChunk(chunk);
    }
    if (this.#failure !== undefined && this.#waiting.length === 0) this.#over();
  }

  /** Told behind the last chunk, also when the socket does not read just now. */
  #closed(failure: string | undefined): void {
    this.#failure = failure ?? "";
    if (this.#waiting.length === 0) this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#link?.close(this.#side);
    this.events?.onClosed(this.#failure === "" ? undefined : this.#failure);
  }

  #later(task: () => void): void {
    this.#env.scheduler.after(0, () => {
      if (!this.#isOver) task();
    });
  }
}

/** The network of one world: a virtual one for each address that is bound. */
export class VirtualInternet {
  readonly networks: Map<string, Network> = new Map();
  readonly env: Env;
  readonly #random: Prng;
  readonly #shape: (random: Prng) => LinkShape;
  #nextPort = 1_000;

  constructor(env: Env, random: Prng, shape: (random: Prng) => LinkShape) {
    this.env = env;
    this.#random = random;
    this.#shape = shape;
  }

  takePort(): number {
    return this.#nextPort++;
  }

  at(address: string): Network {
    const network = this.networks.get(address) ?? new Network(this.env, this.#random.fork(), this.#shape);
    this.networks.set(address, network);
    return network;
  }

  get links(): readonly Link[] {
    return [...this.networks.values()].flatMap((network) => network.links);
  }
}

/** A machine with sockets on it, in virtual time. */
export class VirtualHost implements SocketHost {
  readonly clock: { monotonicMs(): number; utcMs(): number };
  readonly entropy: Entropy;
  readonly dials: ReadonlySet<HostTransport> = new Set<HostTransport>(["tcp"]);
  readonly listens: ReadonlySet<HostTransport> = new Set<HostTransport>(["tcp"]);
  readonly #internet: VirtualInternet;
  readonly #name: string;

  constructor(internet: VirtualInternet, name: string, entropy: Entropy) {
    this.#internet = internet;
    this.#name = name;
    this.entropy = entropy;
    const nowMs = (): number => internet.env.scheduler.nowMs;
    this.clock = { monotonicMs: nowMs, utcMs: nowMs };
  }

  endOfTurn(task: () => void): void {
    this.#internet.env.scheduler.after(0, task);
  }

  nextTurn(task: () => void): void {
    this.#internet.env.scheduler.after(0.01, task);
  }

  setTimer(delayMs: number, task: () => void): HostTimer {
    const { scheduler } = this.#internet.env;
    const timer = scheduler.after(delayMs, task);
    return { cancel: () => scheduler.cancel(timer) };
  }

  dial(endpoint: Endpoint, _options: HostTransportOptions, events: HostLinkEvents): HostLink {
    const { env } = this.#internet;
    const virtual = new VirtualLink(env, "agent");
    virtual.events = events;
    this.#internet.at(addressOf(endpoint)).dial(this.#name, (link, reason) => {
      if (virtual.isOver) link?.close("agent");
      else if (link === undefined) virtual.fail(reason);
      else {
        virtual.attach(link);
        events.onOpen(INFO);
      }
    });
    return virtual;
  }

  listen(endpoint: Endpoint, _options: HostTransportOptions, events: HostListenerEvents): HostListener {
    const { env } = this.#internet;
    const address = addressOf(endpoint);
    let isOpen = false;
    env.scheduler.after(0, () => {
      isOpen = true;
      events.onListening(address);
    });
    this.#internet.at(address).serve({
      accept: (link) => {
        if (!isOpen) return false;
        const virtual = new VirtualLink(env, "server");
        virtual.attach(link);
        virtual.events = events.onAccepted(virtual, INFO);
        return virtual.events !== undefined;
      },
    });
    return {
      close: () => {
        isOpen = false;
        env.scheduler.after(0, () => events.onClosed(undefined));
      },
    };
  }
}

function addressOf(endpoint: Endpoint): string {
  if (endpoint.transport !== "tcp") throw new Error("the virtual network has tcp only");
  return `tcp://${endpoint.host}:${endpoint.port}`;
}
