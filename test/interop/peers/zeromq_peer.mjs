// libzmq 4.3.5 in a process of its own, by npm's `zeromq`, told what to do by JSON lines (see peer.ts).
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import * as zmq from "zeromq";

const CLASSES = {
  PUSH: zmq.Push,
  PULL: zmq.Pull,
  PUB: zmq.Publisher,
  SUB: zmq.Subscriber,
  XPUB: zmq.XPublisher,
  XSUB: zmq.XSubscriber,
  REQ: zmq.Request,
  REP: zmq.Reply,
  DEALER: zmq.Dealer,
  ROUTER: zmq.Router,
  PAIR: zmq.Pair,
};

const sockets = new Map();
const bytes = (text) => Buffer.from(text, "base64");
const shown = (parts) => parts.map((part) => part.toString("base64"));
const digest = (parts) =>
  parts.map((part) => ({ bytes: part.length, sha256: createHash("sha256").update(part).digest("hex") }));
/** The byte at i is i modulo 256. */
const pattern = (size) => Buffer.alloc(size, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));

/** What has bytes travels as base64. */
function optionsOf(given) {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value?.base64 === undefined ? value : bytes(value.base64)]),
  );
}

function watch(name, socket) {
  const seen = [];
  (async () => {
    for await (const { type, address, interval, error } of socket.events) {
      seen.push({
        type,
        address,
        ...(interval === undefined ? {} : { interval }),
        ...(error ? { error: error.message } : {}),
      });
    }
  })().catch(() => {});
  sockets.set(name, { socket, seen });
}

async function serveZap(allowed) {
  const zap = new zmq.Reply({ linger: 0 });
  await zap.bind("inproc://zeromq.zap.01");
  sockets.set("zap", { socket: zap, seen: [] });
  for await (const [version, id, , , , mechanism, ...credentials] of zap) {
    const found = { mechanism: mechanism.toString(), credentials: shown(credentials) };
    const isAllowed = allowed.some(
      (one) =>
        one.mechanism === found.mechanism && JSON.stringify(one.credentials) === JSON.stringify(found.credentials),
    );
    await zap.send([version, id, isAllowed ? "200" : "400", "", isAllowed ? "someone" : "", ""]);
  }
}

const within = (promise, ms) => {
  if (ms === undefined) return promise;
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

/** A REQ calls itself readable for a stale reply, then drops it and has nothing. */
async function next(socket) {
  for (;;) {
    try {
      return await socket.receive();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** A receive that ran out of time is still under way: the next one waits for the same. */
async function receive(entry, timeoutMs) {
  entry.pending ??= next(entry.socket);
  const parts = await within(entry.pending, timeoutMs);
  if (parts !== undefined) entry.pending = undefined;
  return parts;
}

const OPERATIONS = {
  version: () => ({ libzmq: zmq.version }),
  curveKeyPair: () => zmq.curveKeyPair(),
  zap: ({ allowed }) => void serveZap(allowed).catch(() => {}),
  socket: ({ name, type, options }) => watch(name, new CLASSES[type]({ linger: 0, ...optionsOf(options) })),
  async bind({ name, endpoint }) {
    const { socket } = sockets.get(name);
    await socket.bind(endpoint);
    return { endpoint: socket.lastEndpoint };
  },
  unbind: ({ name, endpoint }) => sockets.get(name).socket.unbind(endpoint),
  connect({ name, endpoint, options }) {
    const { socket } = sockets.get(name);
    const { connectRoutingId, ...others } = options ?? {};
    Object.assign(socket, optionsOf(others));
    if (connectRoutingId === undefined) socket.connect(endpoint);
    else socket.connect(endpoint, { routingId: connectRoutingId });
  },
  disconnect: ({ name, endpoint }) => sockets.get(name).socket.disconnect(endpoint),
  subscribe: ({ name, topics }) => sockets.get(name).socket.subscribe(...topics.map(bytes)),
  unsubscribe: ({ name, topics }) => sockets.get(name).socket.unsubscribe(...topics.map(bytes)),
  send: ({ name, parts }) => sockets.get(name).socket.send(parts.map(bytes)),
  sendSized: ({ name, sizes }) => sockets.get(name).socket.send(sizes.map(pattern)),
  /** Messages of the head parts, the count as text, and a body. */
  async sendCounted({ name, from = 0, count, head = [], size = 0 }) {
    const { socket } = sockets.get(name);
    const body = size === 0 ? [] : [pattern(size)];
    for (let i = from; i < from + count; i++) await socket.send([...head.map(bytes), String(i), ...body]);
  },
  async receive({ name, timeoutMs, digested }) {
    const parts = await receive(sockets.get(name), timeoutMs);
    return { parts: parts === undefined ? null : digested ? digest(parts) : shown(parts) };
  },
  /** The count of each message, which stands in one of its parts. */
  async receiveCounted({ name, count, at = 0, timeoutMs }) {
    const numbers = [];
    while (numbers.length < count) {
      const parts = await receive(sockets.get(name), timeoutMs);
      if (parts === undefined) break;
      numbers.push(Number(parts.at(at).toString()));
    }
    return { numbers };
  },
  /** Answers what comes, until the socket is closed. */
  echo({ name }) {
    const { socket } = sockets.get(name);
    (async () => {
      for await (const parts of socket) await socket.send(parts);
    })().catch(() => {});
  },
  events: ({ name }) => ({ events: sockets.get(name).seen }),
  close({ name }) {
    sockets.get(name).socket.close();
    sockets.delete(name);
  },
};

async function answer(request) {
  try {
    const result = await OPERATIONS[request.op](request);
    return { id: request.id, result: result ?? {} };
  } catch (error) {
    return { id: request.id, error: error.code ? `${error.code}: ${error.message}` : error.message };
  }
}

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const reply = await answer(JSON.parse(line));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  })
  .on("close", () => process.exit(0));
