import { afterEach } from "vitest";
import { Context, type Message, type Socket } from "../../src/sockets/mod.ts";
import { MemoryHost } from "./memory_host.ts";

/** How the sockets of a test are connected. */
export type Way = "inproc" | "pipe";

export const WAYS: readonly Way[] = ["inproc", "pipe"];

const scenes = new Set<Scene>();

afterEach(async () => {
  for (const scene of scenes) await scene.end();
  scenes.clear();
});

/** Sockets of one test, and what they meet in. Ends with the test. */
export class Scene {
  readonly host: MemoryHost = new MemoryHost();
  readonly context: Context = new Context();
  readonly #way: Way;
  readonly #sockets: Socket[] = [];
  #names = 0;

  constructor(way: Way = "pipe") {
    this.#way = way;
    scenes.add(this);
  }

  /** Makes a socket that is closed at the end. */
  open<S extends Socket, O extends object>(kind: new (host: MemoryHost, options?: O) => S, options?: O): S {
    const socket = new kind(this.host, { context: this.context, ...options } as unknown as O);
    this.#sockets.push(socket);
    return socket;
  }

  /** Binds to a place of its own. */
  bind(socket: Socket): Promise<string> {
    return socket.bind(this.#way === "inproc" ? `inproc://place-${this.#names++}` : "tcp://*:0");
  }

  /** Connects the others to the first; resolves when all handshakes are done on both sides. */
  async meet(bound: Socket, ...connecting: Socket[]): Promise<string> {
    const endpoint = await this.bind(bound);
    const before = bound.peers;
    for (const socket of connecting) {
      const own = socket.peers;
      socket.connect(endpoint);
      await until(() => socket.peers > own);
    }
    await until(() => bound.peers === before + connecting.length);
    return endpoint;
  }

  async end(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close({ lingerMs: 0 })));
  }
}

/** Waits for something that takes turns, not time. */
export async function until(isTrue: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startMs > 5_000) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Lets all that is on its way arrive. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A message's parts as texts, one character an octet. */
export function texts(message: Message): string[] {
  return message.map((part) => String.fromCharCode(...part));
}

/** The next messages of a socket, as texts. */
export async function receiveTexts(
  socket: { receive(options?: { timeoutMs: number }): Promise<Message> },
  count: number,
): Promise<string[][]> {
  const found: string[][] = [];
  for (let i = 0; i < count; i++) found.push(texts(await socket.receive({ timeoutMs: 2_000 })));
  return found;
}

/** Nothing comes, however many turns go by. */
export async function receivesNothing(socket: {
  receive(options?: { timeoutMs: number }): Promise<Message>;
}): Promise<boolean> {
  await settle();
  return socket.receive({ timeoutMs: 0 }).then(
    () => false,
    (error: { code?: string }) => error.code === "sockets/would-block",
  );
}
