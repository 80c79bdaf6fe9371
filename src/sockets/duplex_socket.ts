import type { SocketHost } from "../ports/socket_host.ts";
import type { Message } from "../protocols/zmtp/session_types.ts";
import { MessageIterator } from "./message_iterator.ts";
import { BATCH_MESSAGES, type MessageConsumer, MessageReceiver } from "./message_receiver.ts";
import { SendingSocket } from "./sending_socket.ts";
import { maxWaitingCalls, type SocketKind } from "./socket.ts";
import type { PairOptions } from "./socket_options.ts";
import type { CallOptions } from "./waiting_call.ts";

/** What sockets have that send and receive. */
export abstract class DuplexSocket extends SendingSocket implements AsyncIterable<Message> {
  protected readonly receiver: MessageReceiver;

  constructor(host: SocketHost, kind: SocketKind, options: PairOptions) {
    super(host, kind, options);
    this.receiver = new MessageReceiver(this.driver, options.receiveTimeout ?? -1, maxWaitingCalls(options));
  }

  /** As `ReceivingSocket.receive`. */
  receive(options?: CallOptions): Promise<Message> {
    return this.receiver.receive(options);
  }

  /** As `ReceivingSocket.receiveBatch`. */
  receiveBatch(maxMessages: number = BATCH_MESSAGES, options?: CallOptions): Promise<Message[]> {
    return this.receiver.receiveBatch(maxMessages, options);
  }

  /** As `ReceivingSocket.onMessages`. */
  onMessages(consumer: MessageConsumer): () => void {
    return this.receiver.consume(consumer);
  }

  /** All messages, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    return new MessageIterator(this.receiver);
  }

  protected override onNews(): void {
    super.onNews();
    this.receiver.deliver();
  }

  protected override onClose(): void {
    super.onClose();
    this.receiver.close();
  }
}
