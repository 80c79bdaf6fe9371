import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import type { SocketType } from "../../protocols/zmtp/socket_type.ts";
import { FairQueue } from "../fair_queue.ts";
import type { Pipe } from "../pipe.ts";
import { RoundRobin } from "../round_robin.ts";
import { Pattern, type PatternServices } from "./pattern.ts";

/** What a type that announces an id and greets new peers is made with. */
export interface IdentityOptions {
  /** 0 to 255 octets. */
  readonly routingId: Uint8Array;
  /** Sends an empty message to each new peer, so that a ROUTER learns of this socket (`ZMQ_PROBE_ROUTER`). */
  readonly probeRouter: boolean;
}

/** DEALER: out to the next peer that has room, in from each peer in turn; messages unchanged (zmtp §2.1). */
export class DealerPattern extends Pattern {
  readonly socketType: SocketType = "DEALER";
  protected readonly queue: FairQueue = new FairQueue();
  readonly #balancer: RoundRobin = new RoundRobin();
  readonly #options: IdentityOptions;

  constructor(services: PatternServices, options: IdentityOptions) {
    super(services);
    this.#options = options;
  }

  override get identity(): Uint8Array {
    return this.#options.routingId;
  }

  attach(pipe: Pipe): ProtocolError | undefined {
    if (this.#options.probeRouter) pipe.write([new Uint8Array(0)]);
    this.#balancer.add(pipe);
    this.queue.add(pipe);
    this.becameWritable = true;
    return undefined;
  }

  protected detach(pipe: Pipe): void {
    this.#balancer.remove(pipe);
    this.queue.end(pipe);
  }

  override writable(pipe: Pipe): void {
    this.#balancer.activate(pipe);
    this.becameWritable = true;
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    pipe.accept(messages);
    this.queue.activate(pipe);
  }

  override send(message: Message): boolean {
    return this.sendToNext(message) !== undefined;
  }

  override receive(): Message | undefined {
    return this.queue.receive();
  }

  override receiveBatch(maxMessages: number): Message[] {
    return this.queue.receiveBatch(maxMessages);
  }

  /** @returns the pipe that took it */
  protected sendToNext(message: Message): Pipe | undefined {
    return this.#balancer.send(message);
  }
}
