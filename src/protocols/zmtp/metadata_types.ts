/** One property of a peer's metadata (zmtp §1.4). */
export interface MetadataProperty {
  /** 1 to 255 characters, in the case that the peer wrote. */
  readonly name: string;
  readonly value: Uint8Array;
}

/** What a peer says of itself, in its order. Names are compared without their case: see `propertyOf`. */
export type Metadata = readonly MetadataProperty[];
