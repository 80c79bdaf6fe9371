/** What an engine goes by: the options of the API, checked and complete. Times in ms. */
export interface EngineSettings {
  /** Messages a peer; 0 is no bound. */
  readonly sendHighWaterMark: number;
  readonly receiveHighWaterMark: number;
  readonly conflate: boolean;
  /** A pipe only while there is a connection (zmtp §2.2). */
  readonly immediate: boolean;
  /** How long unsent messages have when an endpoint is disconnected or unbound. */
  readonly lingerMs: number;
  /** -1: never again. */
  readonly reconnectIntervalMs: number;
  /** 0: the interval does not grow after dials that failed. */
  readonly reconnectMaxIntervalMs: number;
  readonly reconnectStop: readonly ReconnectStop[];
  /** Connections that are accepted. */
  readonly maxPeers: number;
  /** Octets that wait to be sent to one peer. */
  readonly maxUnsentBytes: number;
}

/** After what a socket does not dial again. */
export type ReconnectStop = "dialFailed" | "handshakeFailed" | "disconnected";
