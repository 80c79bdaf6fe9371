/** What an idle connection sets aside; the runtime's own reads are as large. */
const MIN_SLAB_BYTES = 65_536;
/** One read of a fast connection (zmtp §3.1 rule 3): few large frames are cut by the end of a read, and so copied. */
const MAX_SLAB_BYTES = 1_048_576;
/** With less room left than this, a new slab is begun. */
const MIN_READ_BYTES = 32_768;

/**
 * Memory that a connection is read into. What was read is given away and never written to again; the rest of a slab takes the
 * next read.
 */
export class ReadSlab {
  #room: Uint8Array<ArrayBuffer> = new Uint8Array(MIN_SLAB_BYTES);

  /** Where to read to next. */
  get room(): Uint8Array<ArrayBuffer> {
    return this.#room;
  }

  /** The first so many bytes of the room were read: they are the chunk. */
  take(bytes: number): Uint8Array {
    const room = this.#room;
    const isFilled = bytes === room.length;
    // A connection that fills what it gets has more waiting.
    if (isFilled) this.#room = new Uint8Array(Math.min(2 * room.buffer.byteLength, MAX_SLAB_BYTES));
    else if (room.length - bytes < MIN_READ_BYTES) this.#room = new Uint8Array(room.buffer.byteLength);
    else this.#room = room.subarray(bytes);
    return room.subarray(0, bytes);
  }
}
