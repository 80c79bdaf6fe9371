import { encodeMessage } from "../protocols/zmtp/encode_message.ts";
import type { EncodedMessage, Message } from "../protocols/zmtp/session_types.ts";
import type { Pipe } from "./pipe.ts";

/**
 * Gives one message to many pipes: its bytes are made once for all peers of one framing and shared (zmtp §3.1 rule 8). A pipe
 * that is full goes without (zmtp §2.1).
 *
 * @returns how many pipes went without
 */
export function fanOut(message: Message, pipes: readonly Pipe[]): number {
  if (pipes.length === 1) return pipes[0]!.write(pipes[0]!.peer === undefined ? message : message.slice()) ? 0 : 1;
  let without = 0;
  let last: EncodedMessage | undefined;
  let others: EncodedMessage[] | undefined;
  for (let i = 0; i < pipes.length; i++) {
    const pipe = pipes[i]!;
    const { link } = pipe;
    if (link === undefined || !link.takesMessages || pipe.outbox.size > 0 || pipe.limits.conflate) {
      // Each inproc peer may change its list of parts.
      if (!pipe.write(pipe.peer === undefined ? message : message.slice())) without++;
      continue;
    }
    const framing = link.session!.framing;
    if (framing === undefined) {
      link.send(message);
      continue;
    }
    if (last?.framing !== framing) {
      if (last !== undefined) others = [...(others ?? []), last];
      last = others?.find((one) => one.framing === framing) ?? encodeMessage(message, framing);
    }
    link.sendEncoded(last);
  }
  return without;
}
