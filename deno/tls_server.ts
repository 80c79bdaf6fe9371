import type { Server as NetServer, Socket } from "node:net";
import { createServer, type Server as NodeTlsServer, type TLSSocket } from "node:tls";
import { agentIdsOf, type TlsFailure } from "../src/ingest/mod.ts";
import type { IngestHost } from "./ingest_host.ts";
import { TlsConnection } from "./tls_connection.ts";
import type { TlsCredentials } from "./tls_credentials.ts";

/** A TLS handshake is two round trips; one that takes longer than the slowest line is held open on purpose. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** A transport under TLS handshake. */
interface Securing {
  readonly connId: number;
  readonly remoteAddress: string;
  readonly socket: Socket;
  readonly timer: ReturnType<typeof setTimeout>;
  failure: TlsFailure;
}

/**
 * Carries TLS connections to the engine's host. It is made of `node:tls`, because `Deno.listenTls` can't ask for client
 * certificates, can't refuse TLS 1.2, and keeps its certificate for life.
 */
export class TlsServer {
  readonly #listener: NetServer;
  readonly #tls: NodeTlsServer;
  readonly #host: IngestHost;
  readonly #asksForCertificates: boolean;
  readonly #onError: (remoteAddress: string, detail: string) => void;
  /** By the peer's address and port, by which `node:tls` knows a transport before and after its handshake. */
  readonly #securing = new Map<string, Securing>();
  readonly #bySocket = new WeakMap<Socket, Securing>();
  readonly #connections = new Set<TlsConnection>();
  #isClosed = false;

  /**
   * @param listener a listening TCP server that nobody else listens to
   * @param onError told why a TLS handshake failed, as OpenSSL or rustls puts it
   */
  constructor(
    listener: NetServer,
    credentials: TlsCredentials,
    host: IngestHost,
    onError: (remoteAddress: string, detail: string) => void,
  ) {
    this.#listener = listener;
    this.#host = host;
    this.#onError = onError;
    this.#asksForCertificates = credentials.context.ca !== undefined;
    // Certificates that do not verify are looked at here, not refused by node:tls, so that the log can say what is wrong.
    this.#tls = createServer({
      ...credentials.context,
      requestCert: this.#asksForCertificates,
      rejectUnauthorized: false,
    });
    this.#tls.on("secureConnection", (socket) => this.#secured(socket));
    this.#tls.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  /** Takes in what connects from now on. */
  run(): void {
    this.#listener.on("connection", (socket) => this.#take(socket));
  }

  /** Connections from now on are met with these; those that are open are not touched. */
  replaceCredentials({ context }: TlsCredentials): void {
    this.#tls.setSecureContext(context);
  }

  stopListening(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const securing of this.#securing.values()) this.#giveUp(securing, "draining");
  }

  /** Ends every connection at once. */
  abort(): void {
    for (const connection of this.#connections) connection.abort("aborted");
  }

  #take(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    socket.on("error", () => {});
    if (remoteAddress === undefined || this.#isClosed) {
      socket.destroy();
      return;
    }
    const address = `${remoteAddress}:${remotePort}`;
    const connId = this.#host.securing(address);
    if (connId === undefined) {
      socket.destroy();
      return;
    }
    // Acknowledgements are gathered before they are written; waiting for more would only delay them.
    socket.setNoDelay(true);
    const timer = setTimeout(() => this.#giveUp(securing, "tls-timeout"), HANDSHAKE_TIMEOUT_MS);
    const securing: Securing = { connId, remoteAddress: address, socket, timer, failure: "tls-aborted" };
    this.#securing.set(address, securing);
    this.#bySocket.set(socket, securing);
    socket.once("close", () => {
      if (this.#forget(securing)) this.#host.closed(connId, securing.failure);
    });
    this.#tls.emit("connection", socket);
  }

  #secured(socket: TLSSocket): void {
    socket.on("error", () => {});
    const securing = this.#securing.get(`${socket.remoteAddress}:${socket.remotePort}`);
    if (securing === undefined || securing.socket.destroyed) {
      socket.destroy();
      return;
    }
    if (this.#asksForCertificates && !socket.authorized) {
      this.#onError(securing.remoteAddress, `client certificate: ${socket.authorizationError}`);
      this.#giveUp(securing, certificateFailure(socket));
      socket.destroy();
      return;
    }
    this.#forget(securing);
    const { connId, remoteAddress } = securing;
    const connection = new TlsConnection(socket);
    const agentIds = this.#asksForCertificates ? agentIdsOf(plain(socket.getPeerCertificate().raw)) : undefined;
    if (this.#host.opened(connection, remoteAddress, { connId, agentIds }) === undefined) {
      connection.abort("refused");
      return;
    }
    this.#connections.add(connection);
    connection.read(
      (chunk) => this.#host.receive(connId, chunk),
      (reason) => {
        this.#connections.delete(connection);
        this.#host.closed(connId, reason);
      },
    );
  }

  /** The transport's own `close` follows, or has been. */
  #failed(error: Error, socket: TLSSocket): void {
    if ((error as { code?: string }).code === "ECONNRESET") return;
    // The only way from a socket whose handshake failed to its transport: its address is gone by now.
    const transport = (socket as unknown as { _parent?: Socket })._parent;
    const securing = transport === undefined ? undefined : this.#bySocket.get(transport);
    if (securing === undefined) return;
    this.#onError(securing.remoteAddress, error.message);
    this.#giveUp(securing, "tls-failed");
  }

  #giveUp(securing: Securing, failure: TlsFailure): void {
    securing.failure = failure;
    securing.socket.destroy();
  }

  /** False when it was forgotten before. */
  #forget({ remoteAddress, timer }: Securing): boolean {
    clearTimeout(timer);
    return this.#securing.delete(remoteAddress);
  }
}

function certificateFailure(socket: TLSSocket): TlsFailure {
  const { raw, valid_from, valid_to } = socket.getPeerCertificate();
  if (raw === undefined) return "certificate-missing";
  // The runtime's own word on it is not exact: it calls some that have expired unverifiable.
  const isInTime = Date.parse(valid_from) <= Date.now() && Date.now() <= Date.parse(valid_to);
  return isInTime ? "certificate-untrusted" : "certificate-expired";
}

/** A `Buffer` is a `Uint8Array` whose `slice` shares memory; what leaves this file is the plain thing. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
