import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { HostTransport, SocketHost } from "../../ports/mod.ts";
import { systemClock } from "../clock.ts";
import { systemEntropy } from "../entropy.ts";
import { dialWebSocketLater, listenWebSocketLater } from "./deferred_web_socket.ts";
import { dialStream, listenStream } from "./stream_transport.ts";

const TRANSPORTS: ReadonlySet<HostTransport> = new Set(["tcp", "ipc", "ws", "wss"] as const);

/** What sockets run on in Node, Deno and Bun: `node:net`, and `ws` for WebSockets. */
export const nodeSocketHost: SocketHost = {
  clock: systemClock,
  entropy: systemEntropy,
  dials: TRANSPORTS,
  listens: TRANSPORTS,
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
      : dialWebSocketLater(endpoint, options, events, systemEntropy);
  },
  listen(endpoint, options, events) {
    return endpoint.transport === "tcp" || endpoint.transport === "ipc"
      ? listenStream(endpoint, events)
      : listenWebSocketLater(endpoint, options, events);
  },
};
