import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import { WebSocket, WebSocketServer } from "ws";
import type {
  Endpoint,
  Entropy,
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostListener,
  HostListenerEvents,
  HostTransportOptions,
} from "../../ports/mod.ts";
import { endpointText, hostPort } from "../../sockets/endpoint_text.ts";
import { socketFailure } from "./socket_failure.ts";
import { WebSocketLink } from "./web_socket_link.ts";

/** Peers that wait to be accepted (zmtp §2.2). */
const BACKLOG = 100;
const EVERY_INTERFACE = "0.0.0.0";
/** A request that takes longer for its headers is cut: until then nobody counts it. */
const HEADERS_TIMEOUT_MS = 10_000;
const PROTOCOL_HEADER = "sec-websocket-protocol";

/** Endpoints of this file. */
export type WebSocketEndpoint = Extract<Endpoint, { transport: "ws" | "wss" }>;

/** What `wss` takes of Node's TLS options. */
export type WebSocketTls = Pick<SecureContextOptions, "ca" | "cert" | "key" | "passphrase"> &
  Pick<TlsOptions, "requestCert" | "rejectUnauthorized"> & { readonly servername?: string };

/** Dials a WebSocket. */
export function dialWebSocket(
  endpoint: WebSocketEndpoint,
  options: HostTransportOptions,
  events: HostLinkEvents,
  entropy: Entropy,
): HostLink {
  const socket = new WebSocket(endpointText(endpoint), {
    // `ZWS2.0/NULL` is no token of HTTP (zmtp §1.15), so `ws` takes it neither as a protocol to ask for nor as an answer.
    headers: { [PROTOCOL_HEADER]: options.webSocketProtocols.join(",") },
    perMessageDeflate: false,
    maxPayload: options.maxWebSocketMessageBytes,
    skipUTF8Validation: true,
    ...(options.connectTimeoutMs > 0 ? { handshakeTimeout: options.connectTimeoutMs } : {}),
    ...(endpoint.transport === "wss" ? (options.tls as WebSocketTls | undefined) : {}),
  });
  const link = new WebSocketLink(socket, entropy);
  let below: Socket | undefined;
  let chosen: string | undefined;
  socket.once("upgrade", (response) => {
    below = response.socket;
    chosen = response.headers[PROTOCOL_HEADER] as string | undefined;
    delete response.headers[PROTOCOL_HEADER];
  });
  socket.once("open", () => {
    if (chosen === undefined || !options.webSocketProtocols.includes(chosen)) {
      link.fail(
        `the server chose the protocol ${chosen ?? "none"}, expected ${options.webSocketProtocols.join(" or ")}`,
      );
      return;
    }
    below?.setNoDelay?.(true);
    link.opened(below);
    events.onOpen({
      peerAddress: below?.remoteAddress ?? "",
      localEndpoint: `${endpoint.transport}://${hostPort(below?.localAddress ?? "", below?.localPort ?? 0)}`,
      remoteEndpoint: endpointText(endpoint),
      webSocketProtocol: chosen,
    });
  });
  link.attach(events);
  return link;
}

/** Listens for WebSockets. */
export function listenWebSocket(
  endpoint: WebSocketEndpoint,
  options: HostTransportOptions,
  events: HostListenerEvents,
): HostListener {
  const listener = new WebSocketListener(endpoint, options, events);
  queueMicrotask(() => listener.start());
  return listener;
}

class WebSocketListener implements HostListener {
  readonly #options: HostTransportOptions;
  readonly #events: HostListenerEvents;
  readonly #server: Server;
  readonly #upgrades: WebSocketServer;
  #endpoint: WebSocketEndpoint;
  /** What the answer that is being made says. */
  #chosen = "";
  #isListening = false;
  #isClosed = false;

  constructor(endpoint: WebSocketEndpoint, options: HostTransportOptions, events: HostListenerEvents) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#events = events;
    const tls = (options.tls ?? {}) as WebSocketTls;
    this.#server = endpoint.transport === "wss" ? createTlsServer(tls) : createServer();
    this.#server.headersTimeout = HEADERS_TIMEOUT_MS;
    this.#upgrades = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: options.maxWebSocketMessageBytes,
      skipUTF8Validation: true,
      clientTracking: false,
    });
    this.#upgrades.on("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${this.#chosen}`));
    this.#server.on("request", (_request, response) => response.writeHead(426, { Upgrade: "websocket" }).end());
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on("tlsClientError", (error) => events.onAcceptFailed(socketFailure(error)));
    this.#server.on("error", (error) => {
      if (this.#isListening) events.onAcceptFailed(socketFailure(error));
      else this.#end(socketFailure(error));
    });
  }

  start(): void {
    if (this.#isClosed) return;
    const { host, port } = this.#endpoint;
    this.#server.listen({ host: host === "*" ? EVERY_INTERFACE : host, port, backlog: BACKLOG }, () => {
      if (this.#isClosed) {
        this.#server.close();
        return;
      }
      this.#isListening = true;
      const address = this.#server.address();
      if (address !== null && typeof address === "object") {
        this.#endpoint = { ...this.#endpoint, host: address.address, port: address.port };
      }
      this.#events.onListening(endpointText(this.#endpoint));
    });
  }

  close(): void {
    if (this.#isClosed) return;
    if (this.#isListening) {
      this.#server.close();
      // Those that are in the middle of a request are no connections of ours yet.
      this.#server.closeAllConnections?.();
    }
    queueMicrotask(() => this.#end(undefined));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = new URL(request.url ?? "/", "ws://host").pathname;
    const chosen = this.#chosenOf(request.headers[PROTOCOL_HEADER] ?? "");
    const refusal = path !== this.#endpoint.path ? "404 Not Found" : chosen === undefined ? "400 Bad Request" : "";
    if (refusal !== "" || this.#isClosed) {
      socket.end(`HTTP/1.1 ${refusal || "503 Service Unavailable"}\r\nConnection: close\r\n\r\n`);
      this.#events.onAcceptFailed(`refused a WebSocket: ${refusal || "closing"}`);
      return;
    }
    // `ws` would refuse the whole request for a protocol that is no token of HTTP: it neither sees nor answers it.
    delete request.headers[PROTOCOL_HEADER];
    this.#chosen = chosen!;
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const link = new WebSocketLink(webSocket, undefined);
      (socket as Socket).setNoDelay?.(true);
      link.opened(socket);
      const events = this.#events.onAccepted(link, this.#infoOf(chosen!, socket as Socket));
      if (events === undefined) webSocket.terminate();
      else link.attach(events);
    });
  }

  #infoOf(webSocketProtocol: string, socket: Socket): HostLinkInfo {
    const { transport } = this.#endpoint;
    return {
      peerAddress: socket.remoteAddress ?? "",
      localEndpoint: endpointText(this.#endpoint),
      remoteEndpoint: `${transport}://${hostPort(socket.remoteAddress ?? "", socket.remotePort ?? 0)}`,
      webSocketProtocol,
    };
  }

  /** The best of ours that the peer offers. */
  #chosenOf(header: string): string | undefined {
    const offered = header.split(",").map((one) => one.trim());
    return this.#options.webSocketProtocols.find((one) => offered.includes(one));
  }

  #end(failure: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.onClosed(failure);
  }
}
