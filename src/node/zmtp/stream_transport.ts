import { connect, createServer, type Server, type Socket } from "node:net";
import process from "node:process";
import type {
  Endpoint,
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostListener,
  HostListenerEvents,
  HostTransportOptions,
} from "../../ports/mod.ts";
import { endpointText, hostPort } from "../../sockets/endpoint_text.ts";
import { ipcBindPath, ipcPathFault, removeSocketFile } from "./ipc_path.ts";
import { ReadSlab } from "./read_slab.ts";
import { socketFailure } from "./socket_failure.ts";
import { StreamLink } from "./stream_link.ts";

/** Peers that wait to be accepted; libzmq has the same (zmtp §2.2). */
const BACKLOG = 100;
/** `*` is every IPv4 interface, as with libzmq. */
const EVERY_INTERFACE = "0.0.0.0";

/** Only Node reads into memory that it is given, and only for sockets that it connects itself. */
const READS_INTO_OURS = process.versions["deno"] === undefined && process.versions["bun"] === undefined;

/** Endpoints of this file. */
export type StreamEndpoint = Extract<Endpoint, { transport: "tcp" | "ipc" }>;

/** Dials TCP or a Unix socket. */
export function dialStream(
  endpoint: StreamEndpoint,
  { connectTimeoutMs }: HostTransportOptions,
  events: HostLinkEvents,
): HostLink {
  const fault = endpoint.transport === "ipc" ? ipcPathFault(endpoint.path) : undefined;
  if (fault !== undefined) return failedLink(fault, events);
  const slab = new ReadSlab();
  const reads = {
    onread: {
      buffer: (): Uint8Array => slab.room,
      callback(bytes: number): boolean {
        link.received(slab.take(bytes));
        return true;
      },
    },
  };
  const options = READS_INTO_OURS ? reads : {};
  const socket =
    endpoint.transport === "ipc"
      ? connect({ path: endpoint.path, ...options })
      : connect({ host: endpoint.host, port: endpoint.port, noDelay: true, ...options });
  const link = new StreamLink(socket);
  const timer = connectTimeoutMs > 0 ? setTimeout(() => link.fail("connect timed out"), connectTimeoutMs) : undefined;
  socket.once("close", () => clearTimeout(timer));
  socket.once("connect", () => {
    clearTimeout(timer);
    events.onOpen(linkInfo(endpoint, socket));
  });
  link.attach(events);
  return link;
}

/** Listens on TCP or a Unix socket. */
export function listenStream(endpoint: StreamEndpoint, events: HostListenerEvents): HostListener {
  const listener = new StreamListener(events);
  // What is wrong is told after this call has returned.
  queueMicrotask(() => listener.start(endpoint));
  return listener;
}

class StreamListener implements HostListener {
  readonly #events: HostListenerEvents;
  readonly #server: Server;
  #endpoint: StreamEndpoint | undefined;
  #isListening = false;
  #isClosed = false;

  constructor(events: HostListenerEvents) {
    this.#events = events;
    // Nothing is read from a peer until the socket above has taken it.
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
    this.#server.on("error", (error) => {
      if (this.#isListening) events.onAcceptFailed(socketFailure(error));
      else this.#end(socketFailure(error));
    });
  }

  start(endpoint: StreamEndpoint): void {
    if (this.#isClosed) return;
    if (endpoint.transport === "ipc") {
      const fault = ipcPathFault(endpoint.path);
      if (fault !== undefined) {
        this.#end(fault);
        return;
      }
      const path = ipcBindPath(endpoint.path);
      removeSocketFile(path);
      this.#endpoint = { transport: "ipc", path };
      this.#server.listen({ path, backlog: BACKLOG }, () => this.#listening());
      return;
    }
    this.#endpoint = endpoint;
    const host = endpoint.host === "*" ? EVERY_INTERFACE : endpoint.host;
    this.#server.listen({ host, port: endpoint.port, backlog: BACKLOG }, () => this.#listening());
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.#isListening) {
      // `close` of a server waits for its connections, which live on: the port is free at once.
      this.#server.close();
      if (this.#endpoint?.transport === "ipc") removeSocketFile(this.#endpoint.path);
    }
    queueMicrotask(() => this.#end(undefined));
  }

  #listening(): void {
    if (this.#isClosed) {
      this.#server.close();
      return;
    }
    this.#isListening = true;
    const address = this.#server.address();
    if (this.#endpoint?.transport === "tcp" && address !== null && typeof address === "object") {
      this.#endpoint = { transport: "tcp", host: address.address, port: address.port };
    }
    this.#events.onListening(endpointText(this.#endpoint!));
  }

  #accept(socket: Socket): void {
    if (this.#isClosed) {
      socket.destroy();
      return;
    }
    const link = new StreamLink(socket);
    const events = this.#events.onAccepted(link, linkInfo(this.#endpoint!, socket));
    if (events === undefined) {
      socket.destroy();
      return;
    }
    link.attach(events);
  }

  #end(failure: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.onClosed(failure);
  }
}

/** A dial that failed before it began. */
export function failedLink(failure: string, events: HostLinkEvents): HostLink {
  queueMicrotask(() => events.onClosed(failure));
  return { write: () => true, pause() {}, resume() {}, close() {}, destroy() {} };
}

/** Both ends of an open connection. */
function linkInfo(endpoint: StreamEndpoint, socket: Socket): HostLinkInfo {
  if (endpoint.transport === "ipc") {
    const text = endpointText(endpoint);
    return { peerAddress: endpoint.path, localEndpoint: text, remoteEndpoint: text, webSocketProtocol: undefined };
  }
  return {
    peerAddress: socket.remoteAddress ?? "",
    localEndpoint: `tcp://${hostPort(socket.localAddress ?? "", socket.localPort ?? 0)}`,
    remoteEndpoint: `tcp://${hostPort(socket.remoteAddress ?? endpoint.host, socket.remotePort ?? endpoint.port)}`,
    webSocketProtocol: undefined,
  };
}
