import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/core/mod.ts";
import { bytesSource, CaptureIndexer, CaptureReader, captureRow, readRow, recognise } from "../../src/inspect/mod.ts";
import type { CutProbe, ProtocolDefinition } from "../../src/protocols/definition.ts";
import { numbersFrom } from "./seeded_numbers.ts";

const refused = (code: string, found: string, expected: string): ProtocolError =>
  new ProtocolError({ code, side: "remote", found, expected });

/** A protocol of two stages: a greeting of four bytes, `HI` and a version twice, then frames of a length byte and a body. */
const STAGED: ProtocolDefinition = {
  name: "staged",
  title: "staged things",
  layout: {
    type: "staged",
    maxFrameBytes: 100,
    createCutter() {
      let isGreeted = false;
      return {
        probe(bytes): CutProbe {
          if (!isGreeted) {
            if (bytes.length < 4) return { status: "short", wantedBytes: 4 };
            return bytes[0] === 0x48 ? { status: "ok", frameBytes: 4 } : { status: "bad", error: greetingError };
          }
          const frameBytes = 1 + bytes[0]!;
          if (frameBytes > 100) return { status: "bad", error: refused("staged/too-large", `${frameBytes}`, "100") };
          return bytes.length < frameBytes
            ? { status: "short", wantedBytes: frameBytes }
            : { status: "ok", frameBytes };
        },
        accept() {
          isGreeted = true;
        },
      };
    },
  },
  messageTypes: ["greeting", "text"],
  ports: [],
  recognise: (head) => (head[0] === 0x48 && head[1] === 0x49 ? "begins with HI" : undefined),
  createReader() {
    let isGreeted = false;
    return {
      read(frame, sink, aloneAt) {
        if (aloneAt === undefined ? !isGreeted : aloneAt === 0) {
          isGreeted = true;
          return { type: "greeting", version: frame[2]! };
        }
        sink?.field("text", frame.length - 1, 1, frame.length - 1, "bytes");
        if (frame[1] === 0) throw refused("staged/zero", "a zero", "text");
        return { type: "text", text: new TextDecoder().decode(frame.subarray(1)) };
      },
    };
  },
  errorOfEnd: (_offset, bytes) => refused("staged/truncated", `${bytes} bytes`, "the rest"),
  errorNameOf: ({ code }) => code,
};
const greetingError = refused("staged/greeting", "no HI", "HI");
const OPTIONS = { compressor: undefined };

const text = (body: string): number[] => [body.length, ...new TextEncoder().encode(body)];
const HI = [0x48, 0x49, 1, 1];

function rowsOf(bytes: Uint8Array, cuts: readonly number[] = []): unknown[] {
  const reader = new CaptureReader(STAGED, OPTIONS);
  const rows: unknown[] = [];
  const drain = (): void => {
    for (let item = reader.next(); item !== undefined; item = reader.next()) {
      const end = item.type === "fault" ? { end: item.endOffset, by: item.resumedBy } : {};
      rows.push({ ...captureRow(item), ...end });
    }
  };
  [...cuts, bytes.length].reduce((from, to) => {
    reader.push(bytes.slice(from, to));
    drain();
    return to;
  }, 0);
  reader.finish();
  drain();
  return rows;
}

describe("a stream in stages", () => {
  const good = Uint8Array.from([...HI, ...text("one"), ...text(""), ...text("three"), 2, 0, 0, ...text("end")]);
  const rows = [
    { offset: 0, type: "greeting", version: 1 },
    { offset: 4, type: "text", text: "one" },
    { offset: 8, type: "text", text: "" },
    { offset: 9, type: "text", text: "three" },
    { offset: 15, error: "staged/zero", end: 18, by: "frame" },
    { offset: 18, type: "text", text: "end" },
  ];

  it("is cut as it goes, however it comes", () => {
    expect(rowsOf(good)).toEqual(rows);
    for (let cut = 0; cut <= good.length; cut++) expect(rowsOf(good, [cut])).toEqual(rows);
    expect(rowsOf(good, [...good.keys()])).toEqual(rows);
  });

  it("ends where it is cut off", () => {
    expect(rowsOf(good.subarray(0, 12))).toEqual([
      ...rows.slice(0, 3),
      { offset: 9, error: "staged/truncated", end: 12, by: "nothing" },
    ]);
  });

  it("has no boundaries behind what can't be, up to its end", () => {
    const broken = Uint8Array.from([...HI, ...text("one"), 200, ...text("two"), ...new Uint8Array(5_000)]);
    const expected = [...rows.slice(0, 2), { offset: 8, error: "staged/too-large", end: broken.length, by: "nothing" }];
    for (const cuts of [[], [5, 8, 9, 1_000], [...broken.keys()]]) expect(rowsOf(broken, cuts)).toEqual(expected);
    expect(rowsOf(Uint8Array.of(1, 2, 3, 4, 5))).toEqual([
      { offset: 0, error: "staged/greeting", end: 5, by: "nothing" },
    ]);
  });

  it("is indexed, read row by row, and goes on when its file grows", async () => {
    const numbers = numbersFrom(4);
    for (let i = 0; i < 20; i++) {
      const indexer = new CaptureIndexer({ container: "stream", protocol: "staged" }, { catalogue: [STAGED] });
      [...numbers.sorted(3, good.length), good.length].reduce((from, to) => {
        indexer.push(good.subarray(from, to));
        indexer.finish();
        return to;
      }, 0);
      const { index } = indexer;
      expect(Array.from({ length: index.rows }, (_, row) => index.offset(row))).toEqual([0, 4, 8, 9, 15, 18]);
      expect(index.types[index.typeNumber(1)]).toBe("text");
      expect(index.fault(4)).toMatchObject({ errorName: "staged/zero", endOffset: 18 });
      const detail = await readRow({ source: bytesSource("", good), index, options: OPTIONS }, 3);
      const greeting = await readRow({ source: bytesSource("", good), index, options: OPTIONS }, 0);
      expect(greeting.row).toEqual({ offset: 0, type: "greeting", version: 1 });
      expect(detail.row).toEqual({ offset: 9, type: "text", text: "three" });
      expect(detail.fields).toMatchObject([{ name: "text", depth: 0, start: 1, end: 6 }]);
    }
  });

  it("is recognised by how it begins", () => {
    expect(recognise(good, good.length, [STAGED]).chosen).toMatchObject({ reason: "begins with HI" });
  });
});
