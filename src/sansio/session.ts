/**
 * The contract of every session: bytes and time in; bytes, events and the next deadline out. A session never reads a
 * clock, draws a random number, calls back or waits.
 *
 * Times are milliseconds of a clock that never goes back; which one is the host's affair, as long as it is one.
 */
export interface Session<Command, Event> {
  /**
   * Takes any chunk. What the peer did wrong never throws: it becomes an event, and the protocol's own error message
   * where it has one. The session keeps no view of the chunk after the call.
   */
  receive(chunk: Uint8Array, nowMs: number): void;
  /**
   * What the local side wants.
   *
   * @throws ProtocolError with side `local` if the state forbids it
   */
  command(command: Command, nowMs: number): void;
  /** Bytes to write, in order; the caller owns them. Empty when there are none. */
  takeOutput(): Uint8Array[];
  /** One event, in order, or nothing. */
  nextEvent(): Event | undefined;
  /** When `onTimeout` wants to be called, or nothing. */
  nextTimeoutMs(): number | undefined;
  /** May be called early, late or twice. */
  onTimeout(nowMs: number): void;
}
