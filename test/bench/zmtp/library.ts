/** One message: a body, or parts. */
export type BenchMessage = Uint8Array | readonly (Uint8Array | string)[];

/** What `zeromq` 6 and we have in common, as far as the benches use it. */
export interface BenchSocket extends AsyncIterable<readonly Uint8Array[]> {
  bind(endpoint: string): Promise<unknown>;
  connect(endpoint: string): unknown;
  readonly lastEndpoint: string | null | undefined;
  send(message: BenchMessage): Promise<unknown>;
  receive(): Promise<readonly Uint8Array[]>;
  subscribe(...topics: string[]): unknown;
  /** Ours only. */
  sendBatch(messages: readonly BenchMessage[]): Promise<unknown>;
  /** Ours only: tells of messages as they come, many at once. */
  onMessages(callback: (messages: readonly (readonly Uint8Array[])[]) => void): unknown;
}

export type BenchSocketName = "Push" | "Pull" | "Request" | "Reply" | "Dealer" | "Router" | "Publisher" | "Subscriber";

/** What the sockets of a run are made with. */
export type BenchOptions = Readonly<Record<string, unknown>>;

/** A library of sockets. */
export interface Library {
  create(name: BenchSocketName, options: BenchOptions): BenchSocket;
}

type Constructors = Record<BenchSocketName, new (options: BenchOptions) => BenchSocket>;

/** What tasks call the libraries. */
export type LibraryName = "ours" | "ours with @noble" | "zeromq" | "jszmq";

/** Loads a library by the name that a task has for it. */
export async function loadLibrary(name: LibraryName): Promise<Library> {
  if (name === "jszmq") return loadJszmq();
  if (name === "ours") return loadOurs(true);
  if (name === "ours with @noble") return loadOurs(false);
  const constructors = (await import("zeromq")) as unknown as Constructors;
  return { create: (socket, options) => new constructors[socket](options) };
}

/** @param hasSodium CURVE by libsodium; else by what comes with the sockets */
async function loadOurs(hasSodium: boolean): Promise<Library> {
  const { sodiumCurve, ...module } = await import("../../../src/node/zmtp/mod.ts");
  const constructors = module as unknown as Constructors;
  const { default: sodium } = await import("libsodium-wrappers");
  await sodium.ready;
  return {
    create(socket, options) {
      const seals = hasSodium && options["curveSecretKey"] !== undefined;
      return new constructors[socket]({ ...options, ...(seals ? { curvePrimitives: sodiumCurve(sodium) } : {}) });
    },
  };
}

/** What is used of jszmq: it receives by an event. */
interface JszmqPull {
  bind(endpoint: string): void;
  on(event: "message", handler: (...parts: Uint8Array[]) => void): void;
}

async function loadJszmq(): Promise<Library> {
  const { Pull } = (await import("jszmq")) as unknown as { Pull: new () => JszmqPull };
  return {
    create() {
      const socket = new Pull();
      return {
        bind: async (endpoint: string) => socket.bind(endpoint),
        onMessages(callback: (messages: readonly (readonly Uint8Array[])[]) => void) {
          socket.on("message", (...parts) => callback([parts]));
        },
      } as unknown as BenchSocket;
    },
  };
}
