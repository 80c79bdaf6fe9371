import { Dealer, Publisher, Pull, Push, Router, type Socket, Subscriber } from "../../src/sockets/mod.ts";
import { MemoryHost } from "../sockets/memory_host.ts";
import { type BenchReport, type BenchRow, machine, makeRow, median } from "./measure.ts";

export const name = "sockets";

const ROUNDS = 5;
const BATCH = 1_000;

type Work = (host: MemoryHost, bytes: number, count: number) => Promise<readonly Socket[]>;

/** Reads so many messages one by one. */
async function readAll(socket: AsyncIterable<unknown>, count: number): Promise<void> {
  let left = count;
  for await (const _ of socket) if (--left === 0) return;
}

const awaitAndIterate: Work = async (host, bytes, count) => {
  const [push, pull] = [new Push(host), new Pull(host)];
  push.connect(await pull.bind("tcp://*:0"));
  const payload = new Uint8Array(bytes);
  const reading = readAll(pull, count);
  for (let i = 0; i < count; i++) await push.send(payload);
  await reading;
  return [push, pull];
};

const batchAndCallback: Work = async (host, bytes, count) => {
  const [push, pull] = [new Push(host), new Pull(host)];
  push.connect(await pull.bind("tcp://*:0"));
  const batch = Array.from({ length: BATCH }, () => new Uint8Array(bytes));
  await new Promise<void>((resolve) => {
    let left = count;
    pull.onMessages((messages) => {
      left -= messages.length;
      if (left <= 0) resolve();
    });
    void (async () => {
      for (let sent = 0; sent < count; sent += BATCH) await push.sendBatch(batch);
    })();
  });
  return [push, pull];
};

const pipelined: Work = async (host, bytes, count) => {
  const [dealer, router] = [new Dealer(host), new Router(host)];
  dealer.connect(await router.bind("tcp://*:0"));
  router.onMessages((messages) => {
    for (const message of messages) void router.send(message);
  });
  const payload = new Uint8Array(bytes);
  for (let i = 0; i < 200; i++) void dealer.send(payload);
  let answers = 0;
  for await (const _ of dealer) {
    if (++answers === count) break;
    if (answers + 200 <= count) void dealer.send(payload);
  }
  return [dealer, router];
};

const fanOut: Work = async (host, bytes, count) => {
  const publisher = new Publisher(host, { noDrop: true });
  const endpoint = await publisher.bind("tcp://*:0");
  const subscribers = [0, 1, 2, 3].map(() => new Subscriber(host));
  for (const subscriber of subscribers) {
    subscriber.connect(endpoint);
    subscriber.subscribe();
  }
  // Until all of them are heard, nothing counts.
  const first = subscribers.map((subscriber) => subscriber.receive());
  let heard = 0;
  for (const one of first) void one.then(() => heard++);
  while (heard < 4) {
    publisher.trySend("ready");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const reading = subscribers.map((subscriber) => readAll(subscriber, count));
  const payload = new Uint8Array(bytes);
  for (let i = 0; i < count; i++) await publisher.send(payload);
  await Promise.all(reading);
  return [publisher, ...subscribers];
};

async function row(title: string, work: Work, bytes: number, count: number): Promise<BenchRow> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const startMs = performance.now();
    const sockets = await work(new MemoryHost(), bytes, count);
    // The first round warms up.
    if (round > 0) times.push(((performance.now() - startMs) * 1e6) / count);
    await Promise.all(sockets.map((socket) => socket.close({ lingerMs: 0 })));
  }
  return makeRow({ case: title, ours: median(times), peers: {}, unit: "ns a message" });
}

/** Sockets without a network: what the engine and two sessions cost in one process. */
export async function run(): Promise<BenchReport> {
  const rows = [
    await row("push/pull 16 B, await and iterator", awaitAndIterate, 16, 300_000),
    await row("push/pull 16 B, batch and callback", batchAndCallback, 16, 1_000_000),
    await row("push/pull 4 KiB, await and iterator", awaitAndIterate, 4_096, 50_000),
    await row("dealer/router 64 B, 200 in flight", pipelined, 64, 100_000),
    await row("pub to 4 sub 256 B", fanOut, 256, 50_000),
  ];
  return { bench: name, machine: machine(), rows };
}
