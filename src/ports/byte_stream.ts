/** One connection, as a host gives it. */
export interface ByteStream {
  /** The peer, as `host:port`. */
  readonly remoteAddress: string;
  /** Why it broke, once it has; nothing for one that was closed in order. */
  readonly failure?: string | undefined;
  /** The next chunk, or nothing once the peer has closed. The chunk is valid until the next `read`. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when the bytes are with the operating system. */
  write(chunks: readonly Uint8Array[]): Promise<void>;
  /** Idempotent; pending reads and writes end. */
  close(): void;
}

/** Opens connections. */
export interface Dialer {
  /** @param address `host:port` */
  dial(address: string): Promise<ByteStream>;
}

/** Takes connections in. */
export interface Listener {
  /** The address in use, as `host:port`. */
  readonly address: string;
  /** The next connection, or nothing once the listener is closed. */
  accept(): Promise<ByteStream | undefined>;
  close(): void;
}
