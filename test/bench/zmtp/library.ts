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

/** Loads a library by the name that a task has for it. */
export async function loadLibrary(name: "ours" | "zeromq"): Promise<Library> {
  const module = (await (name === "ours" ? import("../../../src/node/zmtp/mod.ts") : import("zeromq"))) as unknown;
  const constructors = module as Constructors;
  return { create: (socket, options) => new constructors[socket](options) };
}
