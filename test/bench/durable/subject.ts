import type { LatencyLog } from "./latency_log.ts";

/** What every subject of the durable bench is asked to do: take messages and say of each when it is kept for good. */
export interface Subject {
  readonly name: string;
  /** A connection that is ready to send. */
  connect(index: number): Promise<LoadConnection>;
  /** Forgets what it was given, outside of what is measured: no subject pays for a neighbour's memory. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** One connection, which keeps a number of messages in flight. */
export interface LoadConnection {
  /** Keeps so many messages unacknowledged, and notes each acknowledgement, until `stop`. */
  start(inFlight: number, log: LatencyLog): void;
  /** Sends no more; resolves when everything is acknowledged. */
  stop(): Promise<void>;
  close(): void;
}
