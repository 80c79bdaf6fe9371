import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { HostTransport, SocketHost } from "../../ports/mod.ts";
import { systemClock } from "../clock.ts";
import { systemEntropy } from "../entropy.ts";
import { dialStream, failedLink, listenStream } from "./stream_transport.ts";

const STREAMS: ReadonlySet<HostTransport> = new Set(["tcp", "ipc"] as const);

/** What sockets run on where `tcp://` and `ipc://` are all they need: nothing but Node's own modules is loaded. */
export const streamSocketHost: SocketHost = {
  clock: systemClock,
  entropy: systemEntropy,
  dials: STREAMS,
  listens: STREAMS,
  endOfTurn: queueMicrotask,
  nextTurn(task) {
    setImmediate(task);
  },
  setTimer(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  dial(endpoint, options, events) {
    return endpoint.transport === "tcp" || endpoint.transport === "ipc"
      ? dialStream(endpoint, options, events)
      : failedLink(`${endpoint.transport} is not a transport of this host`, events);
  },
  listen(endpoint, _options, events) {
    if (endpoint.transport === "tcp" || endpoint.transport === "ipc") return listenStream(endpoint, events);
    queueMicrotask(() => events.onClosed(`${endpoint.transport} is not a transport of this host`));
    return { close() {} };
  },
};
