import type { Message } from "../../../src/sockets/mod.ts";
import type { Env } from "../env.ts";
import type { Prng } from "../prng.ts";

const TEXT = new TextEncoder();
const READ = new TextDecoder();

/** Makes messages that say who sent them, in what order and how many parts they have, and checks what arrives. */
export class Witness {
  readonly #env: Env;
  readonly #random: Prng;
  readonly #sent = new Map<string, number>();
  /** The last number that a receiver had of a sender. */
  readonly #last = new Map<string, number>();
  readonly #delivered = new Set<string>();
  delivered = 0;

  constructor(env: Env, random: Prng) {
    this.#env = env;
    this.#random = random;
  }

  /** The next message of a sender; it counts once `sent` says so. */
  next(sender: string, topic = ""): Message {
    const number = (this.#sent.get(sender) ?? 0) + 1;
    const parts = this.#random.chance(0.7) ? 1 : this.#random.whole(2, 17);
    const message = [TEXT.encode(`${topic}|${sender}|${number}|${parts}`)];
    for (let i = 1; i < parts; i++) {
      const bytes = this.#random.chance(0.05) ? this.#random.whole(0, 20_000) : this.#random.whole(0, 300);
      message.push(new Uint8Array(bytes).fill((number + i) & 255));
    }
    return message;
  }

  sent(sender: string): number {
    const number = (this.#sent.get(sender) ?? 0) + 1;
    this.#sent.set(sender, number);
    return number;
  }

  /**
   * @param message as `next` made it, without envelopes
   * @param isShared several receivers get the same message
   * @param pair where order holds: a receiver that is bound has a queue for each connection, and when one of them has broken reads
   * the old one's rest and the new one in turn, as in libzmq. Nothing where it can't tell them apart
   * @returns who sent it and its number
   */
  received(
    receiver: string,
    message: Message,
    isShared: boolean,
    pair: string | undefined,
  ): { topic: string; sender: string; number: number } {
    const [topic, sender, numberText, partsText] = READ.decode(message[0]).split("|") as [
      string,
      string,
      string,
      string,
    ];
    const number = Number(numberText);
    const what = `${receiver} got ${sender}'s message ${number}`;
    if (message.length !== Number(partsText)) {
      this.#env.violate("messages arrive whole", `${what} with ${message.length} of ${partsText} parts`);
    }
    const isChanged = message.slice(1).some((part, i) => part.some((octet) => octet !== ((number + i + 1) & 255)));
    if (isChanged) this.#env.violate("messages arrive as they were sent", what);
    if (pair !== undefined) this.#expectOrder(`${pair} ${sender}>${receiver}`, number, what);
    if (!isShared) {
      const id = `${sender} ${number}`;
      if (this.#delivered.has(id)) this.#env.violate("no message arrives twice", what);
      this.#delivered.add(id);
    }
    this.delivered++;
    return { topic, sender, number };
  }

  #expectOrder(pair: string, number: number, what: string): void {
    const last = this.#last.get(pair) ?? 0;
    if (number <= last) this.#env.violate("each pair's order holds", `${what} after ${last}`);
    this.#last.set(pair, number);
  }
}
