import { Dealer, Publisher, Pull, Push, Reply, Request, Router, Subscriber } from "../../../src/node/zmtp/mod.ts";
import { Prng } from "../../simulation/prng.ts";
import { CuttingRelay } from "./cutting_relay.ts";
import { CONNECTING, type PeerDeed, type PeerTask, ROLES, type Role } from "./messages.ts";
import { Payloads } from "./payload.ts";

const REQUEST_TIMEOUT_MS = 500;
const TOPICS = 1_000;
/** A peer that goes stays away so long. */
const AWAY_MS: readonly [number, number] = [10, 300];
const COMMON = { reconnectInterval: 50, linger: 0 } as const;

type PeerSocket = Push | Dealer | Subscriber | Request | Router | Publisher | Pull | Reply;

function newSocket(role: Role, name: string): PeerSocket {
  switch (role) {
    case "push":
      return new Push(COMMON);
    case "dealer":
      return new Dealer({ ...COMMON, routingId: name });
    case "sub":
      return new Subscriber(COMMON);
    case "req":
      return new Request({ ...COMMON, relaxed: true, correlate: true });
    case "router":
      return new Router(COMMON);
    case "pub":
      return new Publisher(COMMON);
    case "pull":
      return new Pull(COMMON);
    case "rep":
      return new Reply(COMMON);
  }
}

/** One peer of the hub, with one connection, which breaks in all the ways that there are. */
export class Peer {
  readonly role: Role;
  readonly #name: string;
  readonly #task: PeerTask;
  readonly #prng: Prng;
  readonly #payloads: Payloads;
  #socket: PeerSocket;
  /** Where a bound peer is bound, and what a connecting one connects to. */
  #endpoint = "";
  #relay: CuttingRelay | undefined;
  #isAsking = false;
  #deeds: Promise<void> = Promise.resolve();

  constructor(number: number, task: PeerTask) {
    this.role = ROLES[number % ROLES.length]!;
    this.#name = `peer-${number}`;
    this.#task = task;
    this.#prng = new Prng(task.seed + number);
    this.#payloads = new Payloads(task.seed + number);
    this.#socket = newSocket(this.role, this.#name);
    this.#answer();
  }

  get binds(): boolean {
    return !CONNECTING.includes(this.role);
  }

  /** @returns where it is bound, if it is @throws Error when it can't be */
  async start(boundAt: string | undefined): Promise<string | undefined> {
    const { host, places } = this.#task;
    if (!this.binds) {
      const { relay, endpoint } = await CuttingRelay.open(host, places[this.role]!, this.#prng);
      this.#relay = relay;
      this.#endpoint = endpoint;
      this.#connect();
      return undefined;
    }
    this.#endpoint = await this.#socket.bind(boundAt ?? `tcp://${host}:0`);
    return this.#endpoint;
  }

  /** One after the other: a deed may come while another one is not done. */
  do(deed: PeerDeed): void {
    this.#deeds = this.#deeds.then(() => this.#do(deed));
  }

  /** Sends a little. */
  tick(): void {
    const socket = this.#socket;
    if (socket.closed) return;
    if (socket instanceof Push || socket instanceof Dealer) socket.trySend(this.#payloads.next(this.#name));
    else if (socket instanceof Publisher) socket.trySend(this.#payloads.next("news"));
    else if (socket instanceof Request) void this.#ask(socket);
    else if (socket instanceof Subscriber) {
      const topic = `topic-${this.#prng.below(TOPICS)}`;
      if (this.#prng.chance(0.5)) socket.subscribe(topic);
      else socket.unsubscribe(topic);
    }
  }

  async #do(deed: PeerDeed): Promise<void> {
    const awayMs = this.#prng.between(...AWAY_MS);
    if (deed === "cut") this.#relay?.cut();
    else if (deed === "rebind") {
      await this.#socket.unbind(this.#endpoint);
      await sleep(awayMs);
      await this.#socket.bind(this.#endpoint);
    } else {
      await this.#socket.close();
      await sleep(awayMs);
      this.#socket = newSocket(this.role, this.#name);
      this.#answer();
      this.#connect();
    }
  }

  #connect(): void {
    if (this.#socket instanceof Subscriber) this.#socket.subscribe("all");
    this.#socket.connect(this.#endpoint);
  }

  /** Takes what comes; what is asked is answered. */
  #answer(): void {
    const socket = this.#socket;
    if (socket instanceof Request || socket instanceof Publisher || socket instanceof Push) return;
    if (socket instanceof Reply) {
      const answerAll = async (): Promise<void> => {
        for await (const question of socket) await socket.send(question);
      };
      answerAll().catch(() => {});
      return;
    }
    socket.onMessages((messages) => {
      if (socket instanceof Router) for (const message of messages) socket.trySend(message);
    });
  }

  async #ask(socket: Request): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await socket.send(this.#payloads.next("question"), { timeoutMs: REQUEST_TIMEOUT_MS });
      await socket.receive({ timeoutMs: REQUEST_TIMEOUT_MS });
    } catch {
      // The connection broke, or the socket was closed.
    }
    this.#isAsking = false;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
