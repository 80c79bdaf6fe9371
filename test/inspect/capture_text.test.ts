import { describe, expect, it } from "vitest";
import type { CaptureItem } from "../../src/inspect/capture_reader.ts";
import { CaptureText } from "../../src/inspect/capture_text.ts";
import { COLOURS, NO_COLOURS } from "../../src/inspect/paint.ts";
import { columnsOf, fillColumns, fitColumns, printable } from "../../src/inspect/printable.ts";
import { dateAndTime, grouped, size, span } from "../../src/inspect/quantities.ts";
import type { FrameRow } from "../../src/protocols/definition.ts";
import { readCapture } from "./read_capture.ts";
import { VECTORS } from "./vectors.ts";

const ITEMS: readonly CaptureItem[] = VECTORS.flatMap(({ bytes }) => readCapture(bytes));

const hostile: FrameRow = {
  version: "1.0",
  type: "snapshot",
  flags: 0,
  platform: 2,
  messageId: "00".repeat(16),
  timestampUtcMs: 2n ** 62n,
  agentId: "\u001b]0;owned\u0007agent",
  envelopeExtensions: [],
  payload: {
    snapshotId: "00".repeat(16),
    windowStartMs: -(2n ** 62n),
    windowEndMs: 2n ** 62n,
    cpuTotalPct: 0,
    selection: 0,
    memUsedBytes: 0,
    memTotalBytes: 2n ** 64n - 1n,
    processTotal: 1,
    processes: [{ pid: 1, name: "a\r\nfake 0 line", cpuPct: 0, rssBytes: 0, cmdline: "\u001b[2J\u009b1m\u202e" }],
    extensions: [],
  },
};

describe("CaptureText", () => {
  it("fits the terminal, but never cuts what is wrong", () => {
    for (const columns of [80, 100, 140]) {
      const text = new CaptureText(NO_COLOURS, columns);
      for (const item of ITEMS.filter(({ type }) => type === "frame")) {
        for (const line of text.lines(item)) expect(columnsOf(line), line).toBeLessThanOrEqual(columns);
      }
    }
    const narrow = new CaptureText(NO_COLOURS, 60);
    const wide = new CaptureText(NO_COLOURS, 500);
    for (const item of ITEMS.filter(({ type }) => type === "fault")) {
      expect(narrow.lines(item)).toEqual(wide.lines(item));
    }
  });

  it("puts what a message says on a line of its own where the terminal is narrow", () => {
    const [item] = readCapture(VECTORS.find(({ name }) => name === "backpressure")!.bytes);
    expect(new CaptureText(NO_COLOURS, 80).lines(item!)).toEqual([
      "            2026-01-01 UTC",
      "         0  00:00:00.123  backpressure  agent-01       77 B",
      "            throttle 15 s: store queue 812 of 1000",
    ]);
  });

  it("shows what a capture holds, and nothing of it acts on the terminal", () => {
    const item: CaptureItem = { type: "frame", offset: 0, frame: new Uint8Array(50), row: hostile };
    const lines = new CaptureText(NO_COLOURS, 160).lines(item);
    for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(lines.join("\n")).toContain("\\u{1b}]0;owned\\u{7}");
    expect(lines.at(-1)).toContain("a\\u{d}\\u{a}fake 0 line  \\u{1b}[2J\\u{9b}1m\\u{202e}");
    expect(lines[0]).toContain("no date");
  });

  it("colours the same text", () => {
    const plain = new CaptureText(NO_COLOURS, 120);
    const coloured = new CaptureText(COLOURS, 120);
    for (const item of ITEMS) {
      const lines = coloured.lines(item);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
      expect(lines.map((line) => line.replace(/\u001b\[[\d;]*m/g, ""))).toEqual(plain.lines(item));
    }
  });
});

describe("text", () => {
  it("is measured and cut in columns", () => {
    expect(columnsOf("監視 e\u0301")).toBe(6);
    expect(fitColumns("監視監視", 8)).toBe("監視監視");
    expect(fitColumns("監視監視", 7)).toBe("監視監…");
    expect(fitColumns("監視監視", 6)).toBe("監視…");
    expect(fitColumns("abcdef", 4)).toBe("abc…");
    expect(fillColumns("監", 4)).toBe("監  ");
    expect(printable("a\u0000b\ud800")).toBe("a\\u{0}b\\u{d800}");
  });

  it("has numbers as people read them", () => {
    expect([0, 1_023, 1_024, 1_048_575, 2n ** 64n - 1n].map(size)).toEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.0 MiB",
      "16.0 EiB",
    ]);
    expect([0, 999, 1_000, -1_234_567, 2n ** 64n].map(grouped)).toEqual([
      "0",
      "999",
      "1,000",
      "-1,234,567",
      "18,446,744,073,709,551,616",
    ]);
    expect([5, 1_000, 2_500, 60_000, 3_660_000, 90_000_000].map(span)).toEqual([
      "5 ms",
      "1 s",
      "2.5 s",
      "1 min",
      "1 h 1 min",
      "1 d 1 h",
    ]);
    expect(dateAndTime(2n ** 62n)).toEqual({ date: "no date", time: "4611686018427387904 ms" });
    expect(dateAndTime(-1)).toEqual({ date: "1969-12-31", time: "23:59:59.999" });
  });
});
