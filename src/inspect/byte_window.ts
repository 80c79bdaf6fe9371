const NO_BYTES: Uint8Array = new Uint8Array(0);
/** The first buffer, for streams that come in small pieces. */
const FIRST_CAPACITY = 4_096;

/** The part of a stream that is still being looked at: grows at its end, shrinks at its start. Not public. */
export class ByteWindow {
  #buffer: Uint8Array = NO_BYTES;
  #start = 0;
  #end = 0;
  #offset = 0;

  /** Where the window starts in the stream. */
  get offset(): number {
    return this.#offset;
  }

  /** Where the window ends in the stream: how much has been appended. */
  get endOffset(): number {
    return this.#offset + this.#end - this.#start;
  }

  /** Where the bytes lie, with more around them; valid until the next `append`. */
  get buffer(): Uint8Array {
    return this.#buffer;
  }

  /** Where the byte of an offset of the stream lies in `buffer`. */
  placeOf(offset: number): number {
    return this.#start + offset - this.#offset;
  }

  /** What is held; valid until the next `append`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Copies a chunk to the end. */
  append(chunk: Uint8Array): void {
    const held = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(held, chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Lets go of everything before an offset of the stream, as far as it is there. */
  dropTo(offset: number): void {
    const bytes = Math.min(offset, this.endOffset) - this.#offset;
    this.#offset += bytes;
    this.#start += bytes;
  }

  /** Holds again what was held when the window started at `offset`; nothing may have been appended since. */
  goBackTo(offset: number): void {
    this.#start -= this.#offset - offset;
    this.#offset = offset;
  }

  #makeRoom(held: number, more: number): void {
    const wanted = held + more;
    // Moving within the buffer is linear only while at least half of it is free; else it doubles.
    const isRoomy = wanted * 2 <= this.#buffer.length;
    const target = isRoomy ? this.#buffer : new Uint8Array(Math.max(FIRST_CAPACITY, wanted * 2));
    target.set(this.bytes);
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
}
