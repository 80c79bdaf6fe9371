import type { ProtocolError } from "../core/protocol_error.ts";
import { COMPATIBLE_TYPES } from "../protocols/zmtp/socket_type.ts";
import type { Context } from "./context.ts";
import type { Pattern } from "./patterns/pattern.ts";
import type { Pipe } from "./pipe.ts";
import { socketError } from "./socket_error.ts";

/** An inproc endpoint that a socket connects to. */
interface InprocConnection {
  readonly name: string;
  readonly text: string;
  readonly pipe: Pipe;
}

/** The inproc side of one socket: pipes whose other end is another socket of the context. */
export class InprocPorts {
  readonly #context: Context;
  readonly #pattern: Pattern;
  readonly #newPipe: () => Pipe;
  #connections: InprocConnection[] = [];
  /** Pipes by the name that their peers came to. */
  readonly #bound = new Map<string, Set<Pipe>>();
  /** Whose the other end of a pipe is. */
  readonly #peers = new Map<Pipe, InprocPorts>();

  constructor(context: Context, pattern: Pattern, newPipe: () => Pipe) {
    this.#context = context;
    this.#pattern = pattern;
    this.#newPipe = newPipe;
  }

  get pairs(): number {
    return this.#peers.size;
  }

  bind(name: string): void {
    this.#bound.set(name, new Set());
    try {
      this.#context.bind(name, this);
    } catch (error) {
      this.#bound.delete(name);
      throw error;
    }
  }

  unbind(name: string): void {
    this.#context.unbind(name);
    for (const pipe of this.#bound.get(name) ?? []) this.end(pipe, true);
    this.#bound.delete(name);
  }

  connect(name: string, text: string, assignedId: Uint8Array | undefined): void {
    const pipe = this.#newPipe();
    pipe.assignedId = assignedId;
    const refusal = this.#pattern.attach(pipe);
    if (refusal !== undefined) throw refusal;
    const connection = { name, text, pipe };
    this.#connections.push(connection);
    try {
      this.#context.connect(name, this, pipe);
    } catch (error) {
      this.#forget(connection);
      throw error;
    }
  }

  /** @returns whether there was such a connection */
  disconnect(text: string): boolean {
    const found = this.#connections.filter((one) => one.text === text);
    for (const connection of found) {
      this.end(connection.pipe);
      this.#forget(connection);
    }
    return found.length > 0;
  }

  /** A socket connects to this one. @returns why it can't, or nothing */
  accept(peer: InprocPorts, peerPipe: Pipe): ProtocolError | undefined {
    const [own, theirs] = [this.#pattern.socketType, peer.#pattern.socketType];
    if (!COMPATIBLE_TYPES[own].includes(theirs)) {
      return socketError("sockets/bad-endpoint", `${theirs} to ${own}`, COMPATIBLE_TYPES[own].join(" or "));
    }
    const pipe = this.#newPipe();
    const refusal = this.#pattern.attach(pipe);
    if (refusal !== undefined) return refusal;
    pipe.pair(peerPipe);
    peerPipe.pair(pipe);
    this.#peers.set(pipe, peer);
    peer.#peers.set(peerPipe, this);
    for (const pipes of this.#bound.values()) pipes.add(pipe);
    pipe.peerIdentity = peer.#pattern.identity;
    peerPipe.peerIdentity = this.#pattern.identity;
    this.#pattern.ready(pipe);
    peer.#pattern.ready(peerPipe);
    // What was written before the two met: it fits, since the marks of both are summed.
    for (const end of [peerPipe, pipe]) {
      for (let message = end.takeUnsent(); message !== undefined; message = end.takeUnsent()) end.write(message);
    }
    this.#pattern.wake();
    peer.#pattern.wake();
    return undefined;
  }

  /**
   * Both ends are over. What has arrived at the other one can still be read.
   *
   * @param keepsUnread so can what has arrived at this one
   */
  end(pipe: Pipe, keepsUnread = false): void {
    const ports = this.#peers.get(pipe);
    const { peer } = pipe;
    this.#drop(pipe, keepsUnread);
    if (ports === undefined || peer === undefined) return;
    ports.#drop(peer, true);
    ports.#pattern.wake();
  }

  close(): void {
    for (const connection of this.#connections) this.#context.forget(connection.name, connection.pipe);
    for (const name of this.#bound.keys()) this.#context.unbind(name);
    for (const pipe of [...this.#peers.keys()]) this.end(pipe);
    this.#connections = [];
    this.#bound.clear();
  }

  #drop(pipe: Pipe, keepsUnread: boolean): void {
    this.#peers.delete(pipe);
    for (const pipes of this.#bound.values()) pipes.delete(pipe);
    this.#connections = this.#connections.filter((one) => one.pipe !== pipe);
    pipe.peer = undefined;
    this.#pattern.end(pipe, keepsUnread);
  }

  #forget(connection: InprocConnection): void {
    this.#context.forget(connection.name, connection.pipe);
    if (!this.#connections.includes(connection)) return;
    this.#drop(connection.pipe, false);
  }
}
