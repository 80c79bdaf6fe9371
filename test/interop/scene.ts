import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type * as zmtp from "../../src/node/zmtp/mod.ts";
import { Peer, type PeerKind, type PeerOptions, type PeerSocket } from "./peers/peer.ts";

/** Who of both binds. */
export const BINDERS = ["ours", "theirs"] as const;
export type Binder = (typeof BINDERS)[number];

const BIND_ENDPOINTS = { ours: "tcp://127.0.0.1:0", theirs: "tcp://127.0.0.1:*" };

/** What carries the sockets of a test. */
export const TRANSPORTS = ["tcp", "ipc"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Where a binder binds; a path that no one else has. */
export function bindEndpoint(transport: Transport, binder: Binder): string {
  return transport === "tcp" ? BIND_ENDPOINTS[binder] : `ipc://${tmpdir()}/tw-${randomUUID().slice(0, 13)}`;
}

/** A peer for the tests of a `describe`; what a test opens is closed behind it. */
export class Scene {
  #peer: Peer | undefined;
  readonly #open: { close(options?: zmtp.CloseOptions): unknown }[] = [];
  /** `it`, or a visible skip where the peer is not installed. */
  readonly here: typeof it | typeof it.skip;

  constructor(kind: PeerKind, isInstalled: boolean) {
    this.here = isInstalled ? it : it.skip;
    beforeAll(async () => {
      if (isInstalled) this.#peer = await Peer.start(kind);
    });
    afterAll(() => this.#peer?.stop());
    afterEach(async () => {
      for (const one of this.#open.splice(0).reverse()) await one.close({ lingerMs: 0 });
    });
  }

  /** One more process of the same kind, which the test may kill. */
  async another(): Promise<Peer> {
    const peer = await Peer.start(this.peer.kind);
    this.#open.push({ close: () => peer.kill() });
    return peer;
  }

  get peer(): Peer {
    return this.#peer!;
  }

  ours<T extends { close(options?: zmtp.CloseOptions): unknown }>(socket: T): T {
    this.#open.push(socket);
    return socket;
  }

  raw<T extends { close(): void }>(peer: T): T {
    this.#open.push(peer);
    return peer;
  }

  /** Binds where another socket was bound a moment ago. */
  async rebind(socket: { bind(endpoint: string): Promise<string> }, endpoint: string): Promise<void> {
    await until(() =>
      socket.bind(endpoint).then(
        () => true,
        () => false,
      ),
    );
  }

  async theirs(type: string, options: PeerOptions = {}): Promise<PeerSocket> {
    const socket = await this.peer.socket(type, options);
    this.#open.push(socket);
    return socket;
  }

  /** Connects both; a peer that binds may not be done with the handshake when this resolves. */
  async join(
    ours: zmtp.Socket,
    theirs: PeerSocket,
    binder: Binder,
    endpoint: string = BIND_ENDPOINTS[binder],
  ): Promise<void> {
    if (binder === "ours") await theirs.connect(await ours.bind(endpoint));
    else ours.connect(await theirs.bind(endpoint));
    await connected(ours);
  }
}

/** Resolves once a socket has so many peers whose handshake is done. */
export async function connected(socket: zmtp.Socket, peers = 1): Promise<void> {
  await until(() => socket.peers >= peers);
}

/** The next event of a type. */
export function seen<Type extends zmtp.SocketEvent["type"]>(
  socket: zmtp.Socket,
  type: Type,
): Promise<Extract<zmtp.SocketEvent, { type: Type }>> {
  return new Promise((resolve) => {
    const stop = socket.events.on(type, (event) => {
      stop();
      resolve(event);
    });
  });
}

/** An endpoint where nobody is bound. */
export async function freeEndpoint(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `tcp://127.0.0.1:${port}`;
}

/** Resolves when something is true; the test's own timeout ends what never is. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The parts of a message as text. */
export function texts(message: readonly Uint8Array[]): string[] {
  return message.map((part) => new TextDecoder().decode(part));
}

/** The next subscriptions that an XPUB of theirs tells of, as text. */
export async function subscribed(theirs: PeerSocket, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) seen.push((await theirs.receiveText())?.[0] ?? "nothing");
  return seen;
}

/** The next subscriptions that an XPUB of ours tells of, in any order. */
export async function heard(pub: zmtp.XPublisher, expected: readonly string[]): Promise<void> {
  const seen: string[] = [];
  while (seen.length < expected.length) seen.push(texts(await pub.receive())[0]!);
  expect(seen.toSorted()).toEqual([...expected].toSorted());
}
