import type {
  EncodedMessage,
  Message,
  SharedStretch,
  WireFraming,
  ZmtpCommand,
  ZmtpEvent,
} from "../protocols/zmtp/session_types.ts";

/** What an engine uses of a `ZmtpSession`: one connection's handshake and traffic. */
export interface TrafficSession {
  /** What a shared message must be encoded for; nothing when each session seals for itself, or before `ready`. */
  readonly framing: WireFraming | undefined;
  /** Bytes that `takeOutput` would give. */
  readonly outputBytes: number;
  /** The chunk is given away: messages are views on it. */
  receive(chunk: Uint8Array, nowMs: number): void;
  /** Whole messages in order, at most so many; the caller owns the list. */
  takeMessages(maxMessages: number): Message[];
  send(message: readonly Uint8Array[]): void;
  sendEncoded(message: EncodedMessage): void;
  sendShared(stretch: SharedStretch): void;
  takeOutput(): Uint8Array[];
  command(command: ZmtpCommand, nowMs: number): void;
  nextEvent(): ZmtpEvent | undefined;
  nextTimeoutMs(): number | undefined;
  onTimeout(nowMs: number): void;
}
