import type { Message } from "../protocols/zmtp/session_types.ts";
import type { SocketDriver } from "./socket_driver.ts";
import { socketError } from "./socket_error.ts";
import { type CallOptions, WaitingCall } from "./waiting_call.ts";

/** Takes messages as they come. A promise that it returns holds back the next ones until it resolves. */
export type MessageConsumer = (messages: Message[]) => void | Promise<void>;

/** Messages that a batch has at most, unless its call says so. */
export const BATCH_MESSAGES = 1_024;

/** Receives for the API: at once where a message waits, else in the order of the calls. */
export class MessageReceiver {
  readonly #driver: SocketDriver;
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  #waiting: { readonly call: WaitingCall<Message[]>; readonly maxMessages: number }[] = [];
  #consumer: MessageConsumer | undefined;
  /** The consumer's promise is not resolved yet. */
  #isConsuming = false;

  constructor(driver: SocketDriver, timeoutMs: number, maxWaiting: number) {
    this.#driver = driver;
    this.#timeoutMs = timeoutMs;
    this.#maxWaiting = maxWaiting;
  }

  receive(options: CallOptions | undefined): Promise<Message> {
    try {
      const message = this.take(options);
      if (message !== undefined) return Promise.resolve(message);
      return this.#wait(1, options).then((messages) => messages[0]!);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  receiveBatch(maxMessages: number, options: CallOptions | undefined): Promise<Message[]> {
    try {
      this.#refuse(options);
      const messages = this.#waiting.length === 0 ? this.#driver.engine.receiveBatch(maxMessages) : [];
      if (messages.length === 0) return this.#wait(maxMessages, options);
      if (this.#driver.engine.output.isPending) this.#driver.turns.plan();
      return Promise.resolve(messages);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A message that waits, or nothing. */
  take(options?: CallOptions): Message | undefined {
    if (this.#consumer !== undefined || options !== undefined) this.#refuse(options);
    if (this.#waiting.length > 0) return undefined;
    const { engine } = this.#driver;
    const message = engine.receive();
    // Room was made: a connection may be asked to read on.
    if (engine.output.isPending) this.#driver.turns.plan();
    return message;
  }

  /** @returns what ends it */
  consume(consumer: MessageConsumer): () => void {
    this.#refuse(undefined);
    if (this.#waiting.length > 0) throw socketError("sockets/busy", "a receive that waits", "no other consumer");
    this.#consumer = consumer;
    this.#driver.turns.plan();
    return () => {
      if (this.#consumer === consumer) this.#consumer = undefined;
    };
  }

  /** Something may have come in. */
  deliver(): void {
    if (this.#driver.engine.isClosing) return;
    if (this.#consumer !== undefined) this.#feed();
    let done = 0;
    for (; done < this.#waiting.length; done++) {
      const { call, maxMessages } = this.#waiting[done]!;
      if (call.isOver) continue;
      try {
        const messages = this.#driver.engine.receiveBatch(maxMessages);
        if (messages.length === 0) break;
        call.resolve(messages);
      } catch (error) {
        call.reject(error);
      }
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done);
  }

  close(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#consumer = undefined;
    for (const { call } of waiting) call.reject(socketError("sockets/closed", "a closed socket", "an open one"));
  }

  #feed(): void {
    const { engine } = this.#driver;
    while (this.#consumer !== undefined && !this.#isConsuming && !engine.isClosing && engine.pattern.isReceiving) {
      const messages = engine.receiveBatch(BATCH_MESSAGES);
      if (messages.length === 0) return;
      const isTaken = this.#consume(messages);
      if (isTaken === undefined) continue;
      this.#isConsuming = true;
      const goOn = (): void => {
        this.#isConsuming = false;
        this.#driver.turns.plan();
      };
      // A rejection is the application's: it goes on its way unhandled, as it would from any promise of its own.
      isTaken.finally(goOn);
    }
  }

  #consume(messages: Message[]): void | Promise<void> {
    try {
      return this.#consumer?.(messages);
    } catch (error) {
      // Its fault is the application's: it surfaces as uncaught, and the socket goes on.
      this.#driver.host.nextTurn(() => {
        throw error;
      });
    }
  }

  #refuse(options: CallOptions | undefined): void {
    if (this.#consumer !== undefined) {
      throw socketError("sockets/busy", "a consumer set by onMessages", "no other consumer");
    }
    if (options?.signal?.aborted === true) throw options.signal.reason;
  }

  #wait(maxMessages: number, options: CallOptions | undefined): Promise<Message[]> {
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs;
    if (timeoutMs === 0) throw socketError("sockets/would-block", "no message", "one that waits");
    if (this.#waiting.length >= this.#maxWaiting) {
      const found = `${this.#waiting.length + 1} receives that wait`;
      throw socketError("sockets/too-many-waiting", found, `at most ${this.#maxWaiting}`);
    }
    const call = new WaitingCall<Message[]>();
    const entry = { call, maxMessages };
    call.onGiveUp = () => {
      this.#waiting = this.#waiting.filter((one) => one !== entry);
    };
    call.limit(this.#driver.host, timeoutMs, options?.signal);
    this.#waiting.push(entry);
    return call.promise;
  }
}
