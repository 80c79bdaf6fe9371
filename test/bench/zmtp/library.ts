import type { NativeSodium } from "../../../src/node/zmtp/mod.ts";
import { importPeer } from "../measure.ts";

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
export type LibraryName = "ours" | "ours with @noble" | "ours with sodium-native" | "zeromq" | "jszmq";

/**
 * Loads a library by the name that a task has for it.
 *
 * @param isCurve ciphers are loaded for those only who use them: collectors of garbage look at all that is loaded
 */
export async function loadLibrary(name: LibraryName, isCurve: boolean): Promise<Library> {
  if (name === "jszmq") return loadJszmq();
  if (name !== "zeromq") return loadOurs(isCurve ? name : undefined);
  const constructors = (await import("zeromq")) as unknown as Constructors;
  return { create: (socket, options) => new constructors[socket](options) };
}

type OurName = Exclude<LibraryName, "zeromq" | "jszmq">;

/** @param curve whose ciphers CURVE has, by the name; nothing without CURVE */
async function loadOurs(curve: OurName | undefined): Promise<Library> {
  const { nativeSodiumCurve, nobleCurve, sodiumCurve, ...module } = await import("../../../src/node/zmtp/mod.ts");
  const constructors = module as unknown as Constructors;
  const primitivesOf = async (name: OurName): Promise<unknown> => {
    if (name === "ours with @noble") return nobleCurve;
    if (name === "ours with sodium-native") {
      const native = await importPeer("sodium-native");
      return nativeSodiumCurve(native!["default"] as NativeSodium);
    }
    const { default: sodium } = await import("libsodium-wrappers");
    await sodium.ready;
    return sodiumCurve(sodium);
  };
  const ciphers = curve === undefined ? {} : { curvePrimitives: await primitivesOf(curve) };
  return { create: (socket, options) => new constructors[socket]({ ...options, ...ciphers }) };
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
