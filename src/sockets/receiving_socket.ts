import type { SocketHost } from "../ports/socket_host.ts";
import type { Message } from "../protocols/zmtp/session_types.ts";
import { MessageIterator } from "./message_iterator.ts";
import { BATCH_MESSAGES, type MessageConsumer, MessageReceiver } from "./message_receiver.ts";
import { maxWaitingCalls, Socket, type SocketKind } from "./socket.ts";
import type { PullOptions } from "./socket_options.ts";
import type { CallOptions } from "./waiting_call.ts";

/** What sockets have that only receive. */
export abstract class ReceivingSocket extends Socket implements AsyncIterable<Message> {
  protected readonly receiver: MessageReceiver;

  constructor(host: SocketHost, kind: SocketKind, options: PullOptions) {
    super(host, kind, options);
    this.receiver = new MessageReceiver(this.driver, options.receiveTimeout ?? -1, maxWaitingCalls(options));
  }

  /**
   * The next message: its parts, which are views on what came in and the caller's to keep. Several calls may wait.
   *
   * @throws ProtocolError `sockets/would-block`, `sockets/timed-out`, `sockets/wrong-state`, `sockets/busy`,
   * `sockets/too-many-waiting`, `sockets/closed`; the signal's reason
   */
  receive(options?: CallOptions): Promise<Message> {
    return this.receiver.receive(options);
  }

  /** As many messages as wait, at least one and at most `maxMessages`. Faults as `receive`. */
  receiveBatch(maxMessages: number = BATCH_MESSAGES, options?: CallOptions): Promise<Message[]> {
    return this.receiver.receiveBatch(maxMessages, options);
  }

  /**
   * Gives all messages to a function as they come, several at once: the fastest way. A promise that it returns holds back
   * the next ones.
   *
   * @returns what ends it
   * @throws ProtocolError `sockets/busy`
   */
  onMessages(consumer: MessageConsumer): () => void {
    return this.receiver.consume(consumer);
  }

  /** All messages, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    return new MessageIterator(this.receiver);
  }

  protected onNews(): void {
    this.receiver.deliver();
  }

  protected onClose(): void {
    this.receiver.close();
  }
}
