import { zstdCompressor } from "../../deno/zstd.ts";
import {
  type ClientEvent,
  ClientSession,
  encodeSnapshot,
  idHex,
  PLATFORM_LINUX,
} from "../../src/protocols/snapshot/mod.ts";

/** Whom a client trusts, and what it shows of itself. */
export interface ClientTls {
  readonly caCerts: string[];
  readonly cert?: string;
  readonly key?: string;
}

/** A real client session on one connection. */
export class TcpAgent {
  readonly events: ClientEvent[] = [];
  readonly #session: ClientSession;
  readonly #connection: Deno.Conn;
  readonly #done: Promise<void>;
  #wake = Promise.withResolvers<void>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(connection: Deno.Conn, session: ClientSession) {
    this.#connection = connection;
    this.#session = session;
    session.onTimeout(performance.now());
    session.command({ type: "opened" }, performance.now());
    this.#pump();
    this.#done = this.#read();
  }

  /** @param tls what to speak TLS with; plaintext without it */
  static async connect(port: number, agentId: string, tls?: ClientTls): Promise<TcpAgent> {
    const agent = await TcpAgent.open(port, agentId, tls);
    await agent.told("established");
    return agent;
  }

  /** Connects and says its Handshake, whatever comes of it. */
  static async open(port: number, agentId: string, tls?: ClientTls): Promise<TcpAgent> {
    const session = new ClientSession({
      agentId,
      platform: PLATFORM_LINUX,
      agentVersion: "1.0.0",
      hostName: "test",
      osRelease: "",
      capabilities: 0,
      compressor: zstdCompressor(),
      entropy: { fill: (into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>) },
      utcOffsetMs: Date.now() - performance.now(),
    });
    const address = { hostname: "127.0.0.1", port };
    return new TcpAgent(
      await (tls === undefined ? Deno.connect(address) : Deno.connectTls({ ...address, ...tls })),
      session,
    );
  }

  /** Sends the n-th snapshot, about that long; waits while the window is full. Gives its id. */
  async send(n: number, bytes = 300): Promise<string> {
    while (this.#session.capacity === 0) await this.#wake.promise;
    const snapshotId = new Uint8Array(16);
    new DataView(snapshotId.buffer).setUint32(12, n);
    const nowMs = Date.now();
    const name = Array.from({ length: bytes / 8 }, () => crypto.randomUUID().slice(0, 8)).join("");
    const payload = encodeSnapshot({
      snapshotId,
      windowStartMs: nowMs - 10,
      windowEndMs: nowMs,
      cpuTotalPct: 1,
      selection: 0,
      memUsedBytes: 1,
      memTotalBytes: 2,
      processTotal: 1,
      processes: [{ pid: n, name, cpuPct: 1, rssBytes: 1, cmdline: null }],
      extensions: [],
    });
    this.#session.command({ type: "send", snapshotId, payload }, performance.now());
    this.#pump();
    return idHex(snapshotId);
  }

  get stored(): string[] {
    return this.events.flatMap((event) => (event.type === "stored" ? [idHex(event.snapshotId)] : []));
  }

  /** Waits until it was told that so many are stored. */
  async storedCount(count: number): Promise<void> {
    while (this.stored.length < count) await this.#wake.promise;
  }

  /** Waits for an event; at once when it was told. */
  async told<T extends ClientEvent["type"]>(type: T): Promise<ClientEvent & { type: T }> {
    for (;;) {
      const event = this.events.find((one): one is ClientEvent & { type: T } => one.type === type);
      if (event !== undefined) return event;
      await this.#wake.promise;
    }
  }

  /** Resolves when the connection is gone. */
  get ended(): Promise<void> {
    return this.#done;
  }

  async close(): Promise<void> {
    try {
      this.#connection.close();
    } catch {
      // The server was first.
    }
    await this.#done;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4_096);
    try {
      for (
        let count = await this.#connection.read(buffer);
        count !== null;
        count = await this.#connection.read(buffer)
      ) {
        this.#session.receive(buffer.subarray(0, count), performance.now());
        this.#pump();
      }
      this.#connection.close();
    } catch {
      // Closed on this side.
    }
    clearTimeout(this.#timer);
  }

  #pump(): void {
    for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
      this.events.push(event);
    }
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve();
    for (const bytes of this.#session.takeOutput()) this.#write(bytes);
    const nextMs = this.#session.nextTimeoutMs();
    clearTimeout(this.#timer);
    if (nextMs === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#session.onTimeout(performance.now());
        this.#pump();
      },
      Math.max(0, nextMs - performance.now()),
    );
  }

  #writing: Promise<unknown> = Promise.resolve();

  #write(bytes: Uint8Array): void {
    this.#writing = this.#writing
      .then(async () => {
        for (let at = 0; at < bytes.length; ) at += await this.#connection.write(bytes.subarray(at));
      })
      .catch(() => {});
  }
}
