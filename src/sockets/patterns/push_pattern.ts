import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import type { Pipe } from "../pipe.ts";
import { RoundRobin } from "../round_robin.ts";
import { Pattern } from "./pattern.ts";

/** PUSH: each message to the next peer that has room (zmtp §2.1). */
export class PushPattern extends Pattern {
  readonly socketType = "PUSH";
  readonly #balancer: RoundRobin = new RoundRobin();

  attach(pipe: Pipe): ProtocolError | undefined {
    this.#balancer.add(pipe);
    this.becameWritable = true;
    return undefined;
  }

  protected detach(pipe: Pipe): void {
    this.#balancer.remove(pipe);
  }

  override writable(pipe: Pipe): void {
    this.#balancer.activate(pipe);
    this.becameWritable = true;
  }

  /** What a PULL sends is no message of this pattern. */
  arrived(_pipe: Pipe, _messages: Message[]): void {}

  override send(message: Message): boolean {
    return this.#balancer.send(message) !== undefined;
  }
}
