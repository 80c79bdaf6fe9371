import type { HostTransport, SocketHost } from "../../ports/mod.ts";
import { systemEntropy } from "../entropy.ts";
import { dialWebSocketLater, listenWebSocketLater } from "./deferred_web_socket.ts";
import { streamSocketHost } from "./stream_host.ts";

const TRANSPORTS: ReadonlySet<HostTransport> = new Set(["tcp", "ipc", "ws", "wss"] as const);

/** What sockets run on in Node, Deno and Bun: `node:net`, and `ws` for WebSockets. */
export const nodeSocketHost: SocketHost = {
  ...streamSocketHost,
  dials: TRANSPORTS,
  listens: TRANSPORTS,
  dial(endpoint, options, events) {
    return endpoint.transport === "tcp" || endpoint.transport === "ipc"
      ? streamSocketHost.dial(endpoint, options, events)
      : dialWebSocketLater(endpoint, options, events, systemEntropy);
  },
  listen(endpoint, options, events) {
    return endpoint.transport === "tcp" || endpoint.transport === "ipc"
      ? streamSocketHost.listen(endpoint, options, events)
      : listenWebSocketLater(endpoint, options, events);
  },
};
