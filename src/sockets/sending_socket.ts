import type { SocketHost } from "../ports/socket_host.ts";
import type { MessageLike } from "./message_like.ts";
import { MessageSender } from "./message_sender.ts";
import { maxWaitingCalls, Socket, type SocketKind } from "./socket.ts";
import type { PushOptions } from "./socket_options.ts";
import type { CallOptions } from "./waiting_call.ts";

/** What sockets have that only send. */
export abstract class SendingSocket extends Socket {
  protected readonly sender: MessageSender;

  constructor(host: SocketHost, kind: SocketKind, options: PushOptions) {
    super(host, kind, options);
    this.sender = new MessageSender(this.driver, options.sendTimeout ?? -1, maxWaitingCalls(options));
  }

  /**
   * Resolves when the message is taken: at once unless it has to wait for room. Any number of sends may wait; they go out in
   * the order of the calls. The bytes are not copied and must not be changed afterwards.
   *
   * @throws ProtocolError `sockets/would-block`, `sockets/timed-out`, `sockets/wrong-state`, `sockets/host-unreachable`,
   * `sockets/bad-message`, `sockets/too-many-waiting`, `sockets/closed`; the signal's reason
   */
  send(message: MessageLike, options?: CallOptions): Promise<void> {
    return this.sender.send(message, options);
  }

  /** Many messages in one call, in order; resolves when all are taken. Faults as `send`; messages before the fault are sent. */
  sendBatch(messages: readonly MessageLike[], options?: CallOptions): Promise<void> {
    return this.sender.sendBatch(messages, options);
  }

  /** False when the message would have to wait; then it is not sent. Faults as `send`. */
  trySend(message: MessageLike): boolean {
    return this.sender.trySend(message);
  }

  protected onNews(): void {
    this.sender.retry();
  }

  protected onClose(): void {
    this.sender.close();
  }
}
