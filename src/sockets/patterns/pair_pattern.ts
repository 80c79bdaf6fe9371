import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { FairQueue } from "../fair_queue.ts";
import type { Pipe } from "../pipe.ts";
import { peerError } from "../socket_error.ts";
import { Pattern } from "./pattern.ts";

/** PAIR: one peer; a second one is turned away (zmtp §2.1). */
export class PairPattern extends Pattern {
  readonly socketType = "PAIR";
  /** What an earlier peer left unread comes before what the present one sends. */
  readonly #queue: FairQueue = new FairQueue();
  #pipe: Pipe | undefined;

  attach(pipe: Pipe): ProtocolError | undefined {
    if (this.#pipe !== undefined) return peerError("sockets/second-peer", "a second peer", "one peer of a PAIR");
    this.#pipe = pipe;
    this.#queue.add(pipe);
    this.becameWritable = true;
    return undefined;
  }

  protected detach(pipe: Pipe): void {
    if (this.#pipe === pipe) this.#pipe = undefined;
    this.#queue.end(pipe);
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    pipe.accept(messages);
    this.#queue.activate(pipe);
  }

  override send(message: Message): boolean {
    return this.#pipe?.write(message) === true;
  }

  override receive(): Message | undefined {
    return this.#queue.receive();
  }

  override receiveBatch(maxMessages: number): Message[] {
    return this.#queue.receiveBatch(maxMessages);
  }
}
