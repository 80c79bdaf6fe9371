import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { FairQueue } from "../fair_queue.ts";
import type { Pipe } from "../pipe.ts";
import { RoutingTable } from "../routing_table.ts";
import { peerError, socketError } from "../socket_error.ts";
import type { IdentityOptions } from "./dealer_pattern.ts";
import { Pattern, type PatternServices } from "./pattern.ts";

/** What a ROUTER is made with. */
export interface RouterOptions extends IdentityOptions {
  /** Say that a peer is unknown, and wait for one that is full, where else the message is dropped. */
  readonly mandatory: boolean;
  /** A newcomer takes over the id of an older peer (`ZMQ_ROUTER_HANDOVER`). */
  readonly handover: boolean;
}

/** ROUTER: out to the peer that the first part names, in from each peer in turn with its id in front (zmtp §2.1). */
export class RouterPattern extends Pattern {
  readonly socketType = "ROUTER";
  readonly #queue: FairQueue = new FairQueue();
  readonly #options: RouterOptions;
  readonly #table: RoutingTable;

  constructor(services: PatternServices, options: RouterOptions) {
    super(services);
    this.#options = options;
    this.#table = new RoutingTable(services.entropy);
  }

  override get identity(): Uint8Array {
    return this.#options.routingId;
  }

  attach(pipe: Pipe): ProtocolError | undefined {
    const { assignedId } = pipe;
    if (assignedId !== undefined) {
      if (this.#table.has(assignedId)) {
        return socketError("sockets/bad-option", "a routing id in use", "one that no peer of this socket has");
      }
      this.#table.add(assignedId, pipe);
    }
    if (this.#options.probeRouter) pipe.write([new Uint8Array(0)]);
    this.#queue.add(pipe);
    return undefined;
  }

  override ready(pipe: Pipe): void {
    this.becameWritable = true;
    // A peer that comes back on the same pipe keeps what it was called (zmtp §1.12).
    if (pipe.routingId !== undefined) return;
    const id = pipe.peerIdentity;
    if (id.length === 0) {
      this.#table.addUnnamed(pipe);
      return;
    }
    const older = this.#table.find(id);
    if (older === undefined) {
      this.#table.add(id, pipe);
    } else if (this.#options.handover) {
      // What the older one has sent can still be read, under an id of its own.
      this.#table.remove(older);
      this.#table.addUnnamed(older);
      this.#table.add(id, pipe);
      this.services.terminate(older, peerError("sockets/handed-over", "a newer peer of the same id", "one peer an id"));
    }
    // Else the newcomer stays unroutable: connected, and never heard (zmtp §1.12).
  }

  protected detach(pipe: Pipe): void {
    this.#table.remove(pipe);
    if (pipe.routingId === undefined) pipe.inbox.clear();
    this.#queue.end(pipe);
    this.becameWritable = true;
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    pipe.accept(messages);
    if (pipe.routingId !== undefined) this.#queue.activate(pipe);
  }

  override send(message: Message): boolean {
    const pipe = this.#table.find(message[0]!);
    const { mandatory } = this.#options;
    if (pipe === undefined) {
      if (!mandatory) return true;
      throw socketError("sockets/host-unreachable", "a routing id that nobody has", "the id of a connected peer");
    }
    if (mandatory && !pipe.hasRoom) {
      pipe.isFull = true;
      return false;
    }
    // An id alone is no message.
    if (message.length > 1) pipe.write(message.slice(1));
    return true;
  }

  override receive(): Message | undefined {
    const message = this.#queue.receive();
    if (message === undefined) return undefined;
    message.unshift(this.#queue.last!.routingId!);
    return message;
  }
}
