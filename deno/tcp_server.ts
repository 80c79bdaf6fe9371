import { LINGER_MS } from "./connection_limits.ts";
import { ConnectionWriter } from "./connection_writer.ts";
import { formatAddress } from "./http_server.ts";
import type { IngestHost } from "./ingest_host.ts";
import { type LargeBuffers, ReadBuffer } from "./read_buffer.ts";

/** A machine that is out of file descriptors is asked again after this. */
const ACCEPT_RETRY_MS = 100;

/** Carries TCP connections to the engine's host. */
export class TcpServer {
  readonly #listener: Deno.Listener<Deno.TcpConn>;
  readonly #host: IngestHost;
  readonly #onAcceptFailed: (reason: string) => void;
  readonly #connections = new Set<TcpConnection>();
  readonly #largeBuffers: LargeBuffers = { count: 0 };
  #isClosed = false;

  /** @param onAcceptFailed told when the machine gives no connection, out of file descriptors for example */
  constructor(listener: Deno.Listener<Deno.TcpConn>, host: IngestHost, onAcceptFailed: (reason: string) => void) {
    this.#listener = listener;
    this.#host = host;
    this.#onAcceptFailed = onAcceptFailed;
  }

  /** Accepts until `stopListening`. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        this.#onAcceptFailed(String(error));
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_RETRY_MS));
      }
    }
  }

  stopListening(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
  }

  /** Ends every connection at once. */
  abort(): void {
    for (const connection of this.#connections) connection.abort("aborted");
  }

  #take(socket: Deno.TcpConn): void {
    const connection = new TcpConnection(socket);
    const connId = this.#host.opened(connection, formatAddress(socket.remoteAddr));
    if (connId === undefined) {
      connection.abort("refused");
      return;
    }
    this.#connections.add(connection);
    connection
      .read(this.#largeBuffers, (chunk) => this.#host.receive(connId, chunk))
      .then((reason) => {
        this.#connections.delete(connection);
        this.#host.closed(connId, reason);
      });
  }
}

class TcpConnection {
  readonly #socket: Deno.TcpConn;
  readonly #writer: ConnectionWriter;
  #lingerTimer: ReturnType<typeof setTimeout> | undefined;
  #abortReason: string | undefined;

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    // Acknowledgements are gathered before they are written; waiting for more would only delay them.
    socket.setNoDelay(true);
    this.#writer = new ConnectionWriter(socket, (reason) => this.abort(reason));
  }

  write(chunks: readonly Uint8Array[]): void {
    this.#writer.write(chunks);
  }

  end(): void {
    this.#writer.end();
    this.#lingerTimer ??= setTimeout(() => this.abort("lingered"), LINGER_MS);
  }

  abort(reason: string): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#socket.close();
  }

  /** Reads until the end, whoever brings it about; gives the reason. */
  async read(largeBuffers: LargeBuffers, onChunk: (chunk: Uint8Array) => void): Promise<string> {
    const buffer = new ReadBuffer(largeBuffers);
    let reason = "peer-closed";
    try {
      for (;;) {
        const { bytes } = buffer;
        const count = await this.#socket.read(bytes);
        if (count === null) break;
        onChunk(bytes.subarray(0, count));
        buffer.filled(count);
      }
    } catch {
      reason = this.#abortReason ?? "read-failed";
    }
    buffer.release();
    clearTimeout(this.#lingerTimer);
    this.abort(reason);
    return reason;
  }
}
