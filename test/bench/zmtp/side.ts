// One process of a run: `side.mjs TASK`, where TASK is JSON (task.ts). Runs on Node, Deno and Bun.
import process from "node:process";
import { createInterface } from "node:readline";
import { type BenchSocket, type Library, loadLibrary } from "./library.ts";
import type { SideReport, Task } from "./task.ts";

/** Asked for the time this often; it costs as much as a small message. */
const CLOCK_EVERY = 64;
const BATCH_MESSAGES = 100;
/** A publisher lets the loop turn after so many. */
const PUBLISH_TURN = 500;

function tell(report: SideReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

const nowNs = (): number => Math.round(performance.now() * 1e6);

/** Counts for the span, after half of it to warm up; tells once, then takes no more notice. */
class Counter {
  readonly #spanNs: number;
  #messages = 0;
  #sinceClock = 0;
  #beganNs = 0;
  #startNs = 0;
  #isDone = false;

  constructor(spanMs: number) {
    this.#spanNs = spanMs * 1e6;
  }

  add(messages: number): void {
    this.#messages += messages;
    this.#sinceClock += messages;
    if (this.#sinceClock < CLOCK_EVERY || this.#isDone) return;
    this.#sinceClock = 0;
    const now = nowNs();
    if (this.#beganNs === 0) this.#beganNs = now;
    if (this.#startNs === 0) {
      if (now - this.#beganNs < this.#spanNs / 2) return;
      this.#startNs = now;
      this.#messages = 0;
    } else if (now - this.#startNs >= this.#spanNs) {
      this.#isDone = true;
      tell({ messages: this.#messages, ns: now - this.#startNs });
    }
  }
}

async function push(socket: BenchSocket, { bytes, api }: Task): Promise<never> {
  const body = new Uint8Array(bytes);
  const batch = Array.from({ length: BATCH_MESSAGES }, () => body);
  for (;;) {
    if (api === "await") await socket.send(body);
    else await socket.sendBatch(batch);
  }
}

async function pull(socket: BenchSocket, { api, spanMs }: Task): Promise<void> {
  const counter = new Counter(spanMs);
  if (api === "batch") {
    socket.onMessages((messages) => counter.add(messages.length));
    return new Promise(() => {});
  }
  for await (const message of socket) if (message.length > 0) counter.add(1);
}

async function echo(socket: BenchSocket): Promise<void> {
  for await (const message of socket) await socket.send(message as Uint8Array[]);
}

async function dealer(socket: BenchSocket, { bytes, count, spanMs }: Task): Promise<void> {
  const counter = new Counter(spanMs);
  const body = new Uint8Array(bytes);
  for (let i = 0; i < count; i++) await socket.send(body);
  for await (const _ of socket) {
    counter.add(1);
    await socket.send(body);
  }
}

async function req(socket: BenchSocket, { bytes, spanMs }: Task): Promise<void> {
  const body = new Uint8Array(bytes);
  const samples: number[] = [];
  const beganNs = nowNs();
  for (let at = beganNs; at - beganNs < spanMs * 1.5e6; ) {
    await socket.send(body);
    await socket.receive();
    const now = nowNs();
    if (now - beganNs > spanMs * 0.5e6) samples.push(now - at);
    at = now;
  }
  samples.sort((a, b) => a - b);
  const at = (share: number): number => samples[Math.floor(samples.length * share)]!;
  tell({ messages: samples.length, p50: at(0.5), p99: at(0.99) });
}

/** Waits for a word on standard input each time: subscriptions take their time. */
async function pub(socket: BenchSocket, { bytes, count }: Task): Promise<void> {
  const body = new Uint8Array(bytes);
  for await (const _ of createInterface({ input: process.stdin })) {
    for (let i = 1; i <= count; i++) {
      await socket.send(body);
      if (i % PUBLISH_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Tells each time that all sockets have got what was published. */
async function subs(library: Library, task: Task): Promise<void> {
  const { count, endpoint, options } = task;
  const sockets = Array.from({ length: task.sockets }, () => library.create("Subscriber", options));
  for (const socket of sockets) {
    socket.connect(endpoint);
    socket.subscribe("");
  }
  tell({ ready: true });
  let received = 0;
  const receive = async (socket: BenchSocket): Promise<void> => {
    for await (const message of socket) {
      if (message.length > 0 && ++received % (count * sockets.length) === 0) tell({ messages: received });
    }
  };
  await Promise.all(sockets.map(receive));
}

/** What each role is made of: its socket and what it does. */
const ROLES = {
  push: { socket: "Push", run: push },
  pull: { socket: "Pull", run: pull },
  req: { socket: "Request", run: req },
  rep: { socket: "Reply", run: echo },
  dealer: { socket: "Dealer", run: dealer },
  router: { socket: "Router", run: echo },
  pub: { socket: "Publisher", run: pub },
} as const;

const task = JSON.parse(process.argv[2]!) as Task;
const library = await loadLibrary(task.library, task.options["curveSecretKey"] !== undefined);
if (task.role === "sub") await subs(library, task);
else {
  const { socket: name, run } = ROLES[task.role];
  const { binds } = task;
  const socket = library.create(name, task.options);
  if (binds) await socket.bind(task.endpoint);
  else socket.connect(task.endpoint);
  tell({ ready: true, ...(binds && socket.lastEndpoint ? { endpoint: socket.lastEndpoint } : {}) });
  await run(socket, task);
}
