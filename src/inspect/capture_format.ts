/** What a capture is, as far as can be told from its first bytes. */

/** How frames lie in a file: one stream of them, packets of a network, or digits that stand for bytes. */
export type Container = "stream" | "pcap" | "pcapng" | "hex" | "base64";

/** How to read a capture. */
export interface CaptureFormat {
  readonly container: Container;
  /** A protocol of the catalogue, by name; without one each flow of a packet capture is tried by itself. */
  readonly protocol: string | undefined;
}

/** One way to read a capture. */
export interface FormatCandidate {
  readonly format: CaptureFormat;
  /** Why, or why not, in words for people. */
  readonly reason: string;
  /** From 0, nothing speaks for it, to 1, nothing speaks against it. */
  readonly confidence: number;
}

/** What a capture was recognised as. */
export interface Recognition {
  /** The likeliest; the first protocol of the catalogue where nothing fits. */
  readonly chosen: FormatCandidate;
  /** All that were tried, the likeliest first; each can be asked for in place of the chosen one. */
  readonly candidates: readonly FormatCandidate[];
}
