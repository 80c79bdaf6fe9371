import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { FairQueue } from "../fair_queue.ts";
import type { Pipe } from "../pipe.ts";
import { Pattern } from "./pattern.ts";

/** PULL: one message of each peer in turn (zmtp §2.1). */
export class PullPattern extends Pattern {
  readonly socketType = "PULL";
  readonly #queue: FairQueue = new FairQueue();

  attach(pipe: Pipe): ProtocolError | undefined {
    this.#queue.add(pipe);
    return undefined;
  }

  protected detach(pipe: Pipe): void {
    this.#queue.end(pipe);
  }

  arrived(pipe: Pipe, messages: Message[]): void {
    pipe.accept(messages);
    this.#queue.activate(pipe);
  }

  override receive(): Message | undefined {
    return this.#queue.receive();
  }

  override receiveBatch(maxMessages: number): Message[] {
    return this.#queue.receiveBatch(maxMessages);
  }
}
