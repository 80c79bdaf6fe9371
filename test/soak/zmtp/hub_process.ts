// The process under watch: one socket for each role, which 40 or 200 peers come to and go from. It is told what to do by its parent.
import process from "node:process";
import { queryObjects } from "node:v8";
import {
  Dealer,
  type Message,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
} from "../../../src/node/zmtp/mod.ts";
import { StreamLink } from "../../../src/node/zmtp/stream_link.ts";
import { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import { Link } from "../../../src/sockets/link.ts";
import { Pipe } from "../../../src/sockets/pipe.ts";
import type { FromHub, HubSample, Role, ToHub } from "./messages.ts";
import { isWhole, Payloads } from "./payload.ts";

const TICK_MS = 20;
/** Messages a tick of each socket that sends: more than its peers need to be busy, far less than one core does. */
const BURST = 8;
const REQUEST_TIMEOUT_MS = 200;
/** A peer that is stopped must be noticed within the soak. */
const COMMON = { heartbeatInterval: 500, heartbeatTimeout: 1_500, reconnectInterval: 50, linger: 0 } as const;
const BIND = "tcp://127.0.0.1:0";

// Peers are of the other type: the names are those of their roles.
const sockets = {
  push: new Pull(COMMON),
  dealer: new Router({ ...COMMON, handover: true }),
  sub: new XPublisher(COMMON),
  req: new Reply(COMMON),
  router: new Dealer(COMMON),
  pub: new Subscriber(COMMON),
  pull: new Push(COMMON),
  rep: new Request({ ...COMMON, relaxed: true, correlate: true }),
} satisfies Record<Role, unknown>;

/** What there is one of for each connection. */
const PER_CONNECTION = [Pipe, Link, ZmtpSession, StreamLink];

const payloads = new Payloads(1);
let isBusy = false;
let ticker: NodeJS.Timeout | undefined;
let asking: Promise<void> = Promise.resolve();
let handshakes = 0;
let sent = 0;
let received = 0;
let broken = 0;

function tell(message: FromHub): void {
  process.send!(message);
}

function take(messages: readonly Message[]): void {
  received += messages.length;
  for (const message of messages) if (!isWhole(message)) broken++;
}

function tick(): void {
  for (let i = 0; i < BURST; i++) {
    for (const socket of [sockets.router, sockets.pull]) if (socket.trySend(payloads.next("hub"))) sent++;
    if (sockets.sub.trySend(payloads.next(i === 0 ? "all" : `topic-${sent % 1_000}`))) sent++;
  }
}

/** One question at a time, to each peer in turn; who was killed does not answer. */
async function ask(): Promise<void> {
  const { rep } = sockets;
  while (!rep.closed) {
    try {
      if (!isBusy) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      else {
        await rep.send(payloads.next("question"), { timeoutMs: REQUEST_TIMEOUT_MS });
        sent++;
        take([await rep.receive({ timeoutMs: REQUEST_TIMEOUT_MS })]);
      }
    } catch {
      // Nobody there in time, or closed.
    }
  }
}

async function answer(): Promise<void> {
  for await (const question of sockets.req) {
    take([question]);
    await sockets.req.send(question);
    sent++;
  }
}

function listen(): void {
  for (const socket of Object.values(sockets)) socket.events.on("handshake", () => handshakes++);
  for (const socket of [sockets.push, sockets.router, sockets.pub]) socket.onMessages(take);
  sockets.dealer.onMessages((messages) => {
    take(messages);
    for (const message of messages) if (sockets.dealer.trySend(message)) sent++;
  });
  // Subscriptions: their count is the peers' affair.
  sockets.sub.onMessages(() => {});
  answer().catch(() => {});
  asking = ask();
}

/** Twice: what finalizers let go in the first round is collected in the second. */
async function collect(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    (globalThis as unknown as { gc(): void }).gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function sample(collects: boolean): Promise<HubSample> {
  const objects: Record<string, number> = {};
  if (collects) {
    await collect();
    for (const one of PER_CONNECTION) objects[one.name] = queryObjects(one, { format: "count" });
  }
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const peers = Object.values(sockets).reduce((sum, socket) => sum + socket.peers, 0);
  return {
    peers,
    handshakes,
    sent,
    received,
    broken,
    handles,
    objects,
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    rssBytes: rss,
  };
}

async function obey(message: ToHub): Promise<void> {
  switch (message.type) {
    case "connect":
      sockets[message.role].connect(message.endpoint);
      break;
    case "pace":
      isBusy = message.isBusy;
      clearInterval(ticker);
      if (isBusy) ticker = setInterval(tick, TICK_MS);
      break;
    case "sample":
      tell({ type: "sample", sample: await sample(message.collects) });
      break;
    case "close":
      clearInterval(ticker);
      await Promise.all(Object.values(sockets).map((socket) => socket.close()));
      await asking;
      // A closed socket that nobody holds any more must be gone with all that it had.
      for (const role of Object.keys(sockets)) Reflect.deleteProperty(sockets, role);
      tell({ type: "sample", sample: await sample(true) });
      break;
  }
}

// The channel to the parent is open from the first listener on.
process.on("disconnect", () => process.exit());
process.on("message", (message: ToHub) => void obey(message));
const idle = await sample(true);
const places: Partial<Record<Role, string>> = {};
for (const role of ["push", "dealer", "sub", "req"] as const) places[role] = await sockets[role].bind(BIND);
sockets.pub.subscribe("");
listen();
tell({ type: "ready", places, idle });
