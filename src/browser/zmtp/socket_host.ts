import type { Entropy, HostTransport, SocketHost } from "../../ports/mod.ts";
import { dialWebSocket } from "./web_socket_link.ts";

const DIALS: ReadonlySet<HostTransport> = new Set(["ws", "wss"] as const);
const LISTENS: ReadonlySet<HostTransport> = new Set();

/** The browser's generator. */
export const browserEntropy: Entropy = {
  fill(into) {
    // Memory that is shared with a worker is not taken by browsers; nobody here has such.
    crypto.getRandomValues(into as Uint8Array<ArrayBuffer>);
  },
};

// Timers of a page wait 4 ms and more; a message to itself does not.
const turns = new MessageChannel();
let nextTasks: (() => void)[] = [];
// The types of Node, which this file is checked with too, have another port.
(turns.port1 as unknown as { onmessage: () => void }).onmessage = () => {
  const tasks = nextTasks;
  nextTasks = [];
  for (const task of tasks) task();
};

/** What sockets run on in a page or a worker. It can't be bound: nobody can connect to a page. */
export const browserSocketHost: SocketHost = {
  clock: { utcMs: () => Date.now(), monotonicMs: () => performance.now() },
  entropy: browserEntropy,
  dials: DIALS,
  listens: LISTENS,
  endOfTurn(task) {
    // Not the function itself: called as a method of this object, browsers refuse it.
    queueMicrotask(task);
  },
  nextTurn(task) {
    nextTasks.push(task);
    if (nextTasks.length === 1) turns.port2.postMessage(0);
  },
  setTimer(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  dial: dialWebSocket,
  listen(_endpoint, _options, events) {
    queueMicrotask(() => events.onClosed("a page can't be connected to"));
    return { close() {} };
  },
};
