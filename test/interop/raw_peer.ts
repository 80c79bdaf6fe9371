import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A frame as it came: the flags octet and the body (zmtp §1.2). */
interface RawFrame {
  readonly flags: number;
  readonly body: Buffer;
}

const GREETING_BYTES = 64;

function greeting(mechanism: string, minor: number): Buffer {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes[11] = minor;
  bytes.write(mechanism, 12, "latin1");
  return bytes;
}

function frame(flags: number, body: Buffer): Buffer {
  if (body.length <= 255) return Buffer.concat([Buffer.from([flags, body.length]), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | 2;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}

function named(name: string, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "latin1"), data]);
}

function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([named(name, length), Buffer.from(value, "latin1")]);
}

/** A peer made of bytes alone: it does what no proper one does, and shares no code with the sessions under test. */
export class RawPeer {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  /** What came in since it was last looked at. */
  #chunks: Buffer[] = [];
  #wake: () => void = () => {};
  #chunkBytes = 0;
  isClosed = false;

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#chunks.push(chunk);
      this.#chunkBytes += chunk.length;
      this.#wake();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  /** @param endpoint `tcp://host:port` */
  static async connect(endpoint: string): Promise<RawPeer> {
    const { hostname, port } = new URL(endpoint.replace("tcp:", "http:"));
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  /** Greets with NULL, says READY, and waits for the same. @param minor of its version 3 */
  async shake(socketType: string, minor = 1): Promise<void> {
    this.greet("NULL", minor);
    this.command("READY", Buffer.concat([property("Socket-Type", socketType), property("Identity", "")]));
    await this.takeGreeting();
    await this.receiveCommand("READY");
  }

  greet(mechanism: string, minor = 1): void {
    this.write(greeting(mechanism, minor));
  }

  /** @returns the mechanism that is in it */
  async takeGreeting(): Promise<string> {
    const bytes = await this.#take(GREETING_BYTES);
    return bytes.toString("latin1", 12, 32).replaceAll("\0", "");
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  command(name: string, data: Uint8Array = Buffer.alloc(0)): void {
    this.write(frame(4, named(name, data)));
  }

  message(...parts: readonly (string | Uint8Array)[]): void {
    for (const [i, part] of parts.entries())
      this.write(frame(i < parts.length - 1 ? 1 : 0, Buffer.from(part as string)));
  }

  /** The data of the next command of that name; all before it is let go. */
  async receiveCommand(name: string): Promise<Uint8Array> {
    for (;;) {
      const { flags, body } = await this.receiveFrame();
      if ((flags & 4) !== 0 && body.toString("latin1", 1, 1 + body[0]!) === name) return body.subarray(1 + name.length);
    }
  }

  /** The next message as text; commands before it are let go. */
  async receive(): Promise<string[]> {
    const parts: string[] = [];
    for (;;) {
      const { flags, body } = await this.receiveFrame();
      if ((flags & 4) !== 0) continue;
      parts.push(body.toString());
      if ((flags & 1) === 0) return parts;
    }
  }

  async receiveFrame(): Promise<RawFrame> {
    const flags = (await this.#take(1))[0]!;
    const size = (flags & 2) === 0 ? (await this.#take(1))[0]! : Number((await this.#take(8)).readBigUInt64BE());
    return { flags, body: await this.#take(size) };
  }

  /** Takes no bytes from here on. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    await this.#until(() => this.isClosed);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** @throws Error when the connection ends before */
  async #take(count: number): Promise<Buffer> {
    await this.#until(() => this.#bytes.length + this.#chunkBytes >= count || this.isClosed);
    if (this.#bytes.length < count) {
      this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks.splice(0)]);
      this.#chunkBytes = 0;
    }
    if (this.#bytes.length < count) throw new Error(`closed after ${this.#bytes.length} of ${count} octets`);
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What raw peers are on the bind side of. */
export class RawListener {
  readonly #server: Server = createServer((socket) => this.#accepted.push(new RawPeer(socket)));
  readonly #accepted: RawPeer[] = [];
  endpoint = "";

  static async listen(): Promise<RawListener> {
    const listener = new RawListener();
    listener.#server.listen(0, "127.0.0.1");
    await once(listener.#server, "listening");
    listener.endpoint = `tcp://127.0.0.1:${(listener.#server.address() as { port: number }).port}`;
    return listener;
  }

  async accept(): Promise<RawPeer> {
    while (this.#accepted.length === 0) await once(this.#server, "connection");
    return this.#accepted.shift()!;
  }

  close(): void {
    this.#server.close();
    for (const peer of this.#accepted) peer.close();
  }
}
