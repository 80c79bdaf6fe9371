import type { ProtocolError } from "../../core/protocol_error.ts";
import type { Entropy } from "../../ports/entropy.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import type { SocketType } from "../../protocols/zmtp/socket_type.ts";
import type { Pipe } from "../pipe.ts";
import { socketError } from "../socket_error.ts";

/** What a pattern asks of its engine. */
export interface PatternServices {
  readonly entropy: Entropy;
  /** Ends a pipe and its connection. */
  terminate(pipe: Pipe, error: ProtocolError): void;
  /** Something came from another socket of the context: the driver looks at this engine soon. */
  wake(): void;
}

/**
 * What a socket type does with pipes and messages (zmtp §2.1). A pipe comes with `attach`, is `ready` after each handshake,
 * `lost` when its connection broke and another one is dialled, and goes with `end`.
 */
export abstract class Pattern {
  abstract readonly socketType: SocketType;
  protected readonly services: PatternServices;
  /** Sends that wait may be tried again. */
  becameWritable = false;

  constructor(services: PatternServices) {
    this.services = services;
  }

  /** What is announced (zmtp §1.4); empty for types that have none. */
  get identity(): Uint8Array {
    return new Uint8Array(0);
  }

  wake(): void {
    this.services.wake();
  }

  /** @returns why the pipe is not taken, or nothing */
  abstract attach(pipe: Pipe): ProtocolError | undefined;

  /** A handshake is done: messages flow from here on. */
  ready(_pipe: Pipe): void {}

  /** The connection broke; the pipe stays. */
  lost(_pipe: Pipe): void {}

  /**
   * The pipe is over for good. May be called twice.
   *
   * @param keepsUnread messages that came in whole can still be read (zmtp §2.2)
   */
  end(pipe: Pipe, keepsUnread: boolean): void {
    if (pipe.isEnding) return;
    pipe.isEnding = true;
    if (!keepsUnread) pipe.inbox.clear();
    this.detach(pipe);
  }

  /** Forgets a pipe, once; messages in its inbox stay to be read. */
  protected abstract detach(pipe: Pipe): void;

  /** The pipe has room again. */
  writable(_pipe: Pipe): void {
    this.becameWritable = true;
  }

  /** How many messages may arrive from a pipe now. */
  roomOf(pipe: Pipe): number {
    return pipe.room;
  }

  /** @param messages at least one; owned by the pattern */
  abstract arrived(pipe: Pipe, messages: Message[]): void;

  /** Whether what a pipe's connection is given goes out as a subscription (zmtp §1.9). */
  get sendsSubscriptions(): boolean {
    return false;
  }

  /**
   * @param message the pattern's from here on
   * @returns false when it would block; then nothing has happened
   * @throws ProtocolError `sockets/wrong-state`, `sockets/host-unreachable`, `sockets/bad-message`
   */
  send(_message: Message): boolean {
    throw socketError("sockets/wrong-state", `send on ${this.socketType}`, "a type that sends");
  }

  /** Whether it is this side's turn to receive: REQ and REP take turns. */
  get isReceiving(): boolean {
    return true;
  }

  /** @throws ProtocolError `sockets/wrong-state` */
  receive(): Message | undefined {
    throw socketError("sockets/wrong-state", `receive on ${this.socketType}`, "a type that receives");
  }

  /** Several, as `receive` gives them; none when there are none. */
  receiveBatch(maxMessages: number): Message[] {
    const messages: Message[] = [];
    while (messages.length < maxMessages) {
      const message = this.receive();
      if (message === undefined) break;
      messages.push(message);
    }
    return messages;
  }
}
