import type { Message } from "../../protocols/zmtp/session_types.ts";
import { SubPattern } from "./sub_pattern.ts";

/** XSUB: as SUB, and what the application sends goes to all peers; `01 topic` and `00 topic` are subscriptions (zmtp §2.1). */
export class XsubPattern extends SubPattern {
  override readonly socketType = "XSUB";

  override send(message: Message): boolean {
    const first = message[0]!;
    if (message.length === 1 && first.length > 0 && first[0]! <= 1) {
      if (first[0] === 1) this.subscribe(first.subarray(1));
      else this.unsubscribe(first.subarray(1));
      return true;
    }
    // A peer that is full goes without.
    for (const pipe of this.pipes) pipe.write(pipe.peer === undefined ? message : message.slice());
    return true;
  }
}
