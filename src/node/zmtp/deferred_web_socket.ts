import type {
  Entropy,
  HostLink,
  HostLinkEvents,
  HostListener,
  HostListenerEvents,
  HostTransportOptions,
} from "../../ports/mod.ts";
import type { WebSocketEndpoint } from "./web_socket_transport.ts";

/** Loaded when the first one is wanted: it costs memory, and under Deno a permission to read two environment variables. */
const loadTransport = (): Promise<typeof import("./web_socket_transport.ts")> => import("./web_socket_transport.ts");

/** Dials a WebSocket once its library is loaded. */
export function dialWebSocketLater(
  endpoint: WebSocketEndpoint,
  options: HostTransportOptions,
  events: HostLinkEvents,
  entropy: Entropy,
): HostLink {
  return new DeferredLink(async (isWanted) => {
    const { dialWebSocket } = await loadTransport();
    if (isWanted()) return dialWebSocket(endpoint, options, events, entropy);
    events.onClosed(undefined);
    return undefined;
  }, events);
}

/** Listens for WebSockets once their library is loaded. */
export function listenWebSocketLater(
  endpoint: WebSocketEndpoint,
  options: HostTransportOptions,
  events: HostListenerEvents,
): HostListener {
  let listener: HostListener | undefined;
  let isClosed = false;
  loadTransport().then(
    ({ listenWebSocket }) => {
      if (isClosed) events.onClosed(undefined);
      else listener = listenWebSocket(endpoint, options, events);
    },
    (error: Error) => events.onClosed(error.message),
  );
  return {
    close() {
      isClosed = true;
      listener?.close();
    },
  };
}

/** Passes everything on to a link that is still to come. */
class DeferredLink implements HostLink {
  #link: HostLink | undefined;
  #isGivenUp = false;
  #isPaused = false;

  constructor(open: (isWanted: () => boolean) => Promise<HostLink | undefined>, events: HostLinkEvents) {
    open(() => !this.#isGivenUp).then(
      (link) => {
        this.#link = link;
        if (this.#isPaused) link?.pause();
      },
      (error: Error) => events.onClosed(error.message),
    );
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#link?.write(chunks) ?? true;
  }

  pause(): void {
    this.#isPaused = true;
    this.#link?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#link?.resume();
  }

  close(): void {
    this.#isGivenUp = true;
    this.#link?.close();
  }

  destroy(): void {
    this.#isGivenUp = true;
    this.#link?.destroy();
  }
}
