/** The content of a Snapshot decoded by the letter of the spec (§4, §5), one value at a time: slow and plain. */

export interface ReferenceProcess {
  readonly pid: number;
  readonly cpuPct: number;
  readonly rssBytes: bigint;
  readonly name: string;
  readonly cmdline: string | null;
}

export interface ReferenceSnapshot {
  readonly memTotalBytes: bigint;
  readonly memUsedBytes: bigint;
  readonly windowStartMs: bigint;
  readonly windowEndMs: bigint;
  readonly processTotal: number;
  readonly processes: readonly ReferenceProcess[];
  readonly extensionTags: readonly bigint[];
}

/** The snapshot, or nothing when the bytes are malformed. */
export function referenceDecode(bytes: Uint8Array): ReferenceSnapshot | undefined {
  try {
    return decode(new Cursor(bytes));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

class Malformed extends Error {}

function must(condition: boolean): void {
  if (!condition) throw new Malformed();
}

class Cursor {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  take(length: number): DataView {
    must(length <= this.#bytes.length - this.at);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.at, length);
    this.at += length;
    return view;
  }

  uvarint(): bigint {
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      const byte = this.take(1).getUint8(0);
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte >= 0x80) continue;
      must(byte !== 0 || i === 0);
      must(value < 2n ** 64n);
      return value;
    }
    throw new Malformed();
  }

  text(length: bigint): string {
    must(length <= BigInt(this.#bytes.length - this.at));
    const bytes = this.take(Number(length));
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Malformed();
    }
  }
}

function decode(c: Cursor): ReferenceSnapshot {
  c.take(16);
  const windowStartMs = c.take(8).getBigInt64(0, true);
  const windowEndMs = c.take(8).getBigInt64(0, true);
  must(windowEndMs >= windowStartMs);
  const cpuTotalPct = c.take(4).getFloat32(0, true);
  must(cpuTotalPct >= 0 && cpuTotalPct <= 100);
  c.take(4);
  const memUsedBytes = c.take(8).getBigUint64(0, true);
  const memTotalBytes = c.take(8).getBigUint64(0, true);
  must(memTotalBytes > 0n && memUsedBytes <= memTotalBytes);
  const processTotal = c.take(4).getUint32(0, true);
  const count = c.take(4).getUint32(0, true);
  must(count <= processTotal);
  const pids = repeat(count, () => c.take(4).getUint32(0, true));
  const cpus = repeat(count, () => c.take(4).getFloat32(0, true));
  for (let i = 0; i < count; i++) {
    must(cpus[i]! >= 0 && cpus[i]! <= 100);
    if (i > 0) must(cpus[i]! < cpus[i - 1]! || (cpus[i] === cpus[i - 1] && pids[i]! >= pids[i - 1]!));
  }
  const rss = repeat(count, () => c.take(8).getBigUint64(0, true));
  const nameLengths = repeat(count, () => c.uvarint());
  const cmdlineLengths = repeat(count, () => c.uvarint());
  const names = nameLengths.map((length) => c.text(length));
  const cmdlines = cmdlineLengths.map((coded) => (coded === 0n ? null : c.text(coded - 1n)));
  const extensionTags: bigint[] = [];
  while (!c.isAtEnd) {
    const tag = c.uvarint();
    must(extensionTags.length === 0 || tag > extensionTags.at(-1)!);
    extensionTags.push(tag);
    const length = c.uvarint();
    must(length < 2n ** 32n);
    c.take(Number(length));
  }
  const processes = pids.map((pid, i) => ({
    pid,
    cpuPct: cpus[i]!,
    rssBytes: rss[i]!,
    name: names[i]!,
    cmdline: cmdlines[i]!,
  }));
  return { memTotalBytes, memUsedBytes, windowStartMs, windowEndMs, processTotal, processes, extensionTags };
}

/** Stops at the first that is malformed, so that a count that can't be costs nothing. */
function repeat<T>(count: number, read: () => T): T[] {
  const values: T[] = [];
  for (let i = 0; i < count; i++) values.push(read());
  return values;
}
