import { describe, expect, test } from "vitest";
import { cmdlineText } from "../../src/node/cmdline_reader.ts";
import { type ProcessStat, parseCpuTicks, parseMeminfo, parseProcessStat } from "../../src/node/proc_stat.ts";

const UTF8 = new TextEncoder();

/** Text in a buffer with leftovers of an earlier, longer file behind it. */
function buffer(text: string): { bytes: Uint8Array; length: number } {
  const encoded = UTF8.encode(text);
  const bytes = new Uint8Array(4_096).fill(0x29);
  bytes.set(encoded);
  return { bytes, length: encoded.length };
}

function parse(text: string): (ProcessStat & { name: string }) | undefined {
  const { bytes, length } = buffer(text);
  const stat: ProcessStat = { nameAt: 0, nameBytes: 0, cpuTicks: 0, startTicks: 0, rssPages: 0 };
  if (!parseProcessStat(bytes, length, stat)) return undefined;
  return { ...stat, name: new TextDecoder().decode(bytes.subarray(stat.nameAt, stat.nameAt + stat.nameBytes)) };
}

const REST = "S 1 42 42 0 -1 4194560 100 0 0 0 11 22 0 0 20 0 1 0 12345 1000000 77 18446744073709551615 1 1";

describe("/proc/<pid>/stat", () => {
  test.each(["sleep", "a b", "a) (b", ")", "((", ") S 1 2 3", "", "żółw 🐢", "x".repeat(63)])("name %j", (name) => {
    expect(parse(`42 (${name}) ${REST}\n`)).toMatchObject({ name, cpuTicks: 33, startTicks: 12_345, rssPages: 77 });
  });

  test("large numbers and negative ones", () => {
    const rest = "S -1 -1 -1 0 -1 1 1 1 1 1 9007199254 1 0 0 -20 -19 1 0 99999999999 18446744073709551615 0 1";
    expect(parse(`1 (a) ${rest}`)).toMatchObject({ cpuTicks: 9_007_199_255, startTicks: 99_999_999_999, rssPages: 0 });
  });

  test("what is cut off is no process", () => {
    const whole = `42 (a) ${REST}`;
    for (let length = 0; length < whole.indexOf(" 77 "); length++)
      expect(parse(whole.slice(0, length))).toBeUndefined();
    expect(parse("")).toBeUndefined();
    expect(parse("42 no parentheses")).toBeUndefined();
    expect(parse("42 )a( S")).toBeUndefined();
  });
});

describe("/proc/stat", () => {
  test("guest times are within user times and not counted twice", () => {
    const { bytes, length } = buffer("cpu  100 20 30 400 50 6 7 8 90 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
    const cpu = { totalTicks: 0, idleTicks: 0 };
    expect(parseCpuTicks(bytes, length, cpu)).toBe(true);
    expect(cpu).toEqual({ totalTicks: 621, idleTicks: 450 });
  });

  test("old kernels have fewer columns", () => {
    const { bytes, length } = buffer("cpu  1 2 3 4\n");
    const cpu = { totalTicks: 0, idleTicks: 0 };
    expect(parseCpuTicks(bytes, length, cpu)).toBe(true);
    expect(cpu).toEqual({ totalTicks: 10, idleTicks: 4 });
  });

  test.each(["", "cpu0 1 2 3 4\n", "cpu  \n", "cp"])("%j says nothing", (text) => {
    const { bytes, length } = buffer(text);
    expect(parseCpuTicks(bytes, length, { totalTicks: 0, idleTicks: 0 })).toBe(false);
  });
});

describe("/proc/meminfo", () => {
  const { bytes, length } = buffer("MemTotal:       1024 kB\nMemFree: 3 kB\nMemAvailable:   512 kB\nSMemTotal: 9 kB\n");

  test("kilobytes are 1,024 bytes", () => {
    expect(parseMeminfo(bytes, length, "MemTotal")).toBe(1_048_576);
    expect(parseMeminfo(bytes, length, "MemAvailable")).toBe(524_288);
  });

  test("a line that is not there is nothing", () => {
    expect(parseMeminfo(bytes, length, "Mem")).toBeUndefined();
    expect(parseMeminfo(bytes, length, "Cached")).toBeUndefined();
    expect(parseMeminfo(bytes, -1, "MemTotal")).toBeUndefined();
  });
});

describe("command lines", () => {
  const read = (bytes: Uint8Array): string | null => cmdlineText(bytes, bytes.length);
  const padded = (text: Uint8Array): string | null => {
    const bytes = new Uint8Array(4_096);
    bytes.set(text);
    return cmdlineText(bytes, text.length);
  };

  test("arguments are parted by spaces", () => {
    expect(padded(UTF8.encode("node\0a b\0--c\0"))).toBe("node a b --c");
    expect(padded(UTF8.encode("postgres: writer\0\0\0\0"))).toBe("postgres: writer");
  });

  test("kernel threads have none", () => {
    expect(padded(new Uint8Array(0))).toBeNull();
    expect(padded(new Uint8Array(5))).toBeNull();
  });

  test("what is no UTF-8 is replaced", () => {
    expect(padded(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\u{fffd}b");
  });

  test.each(["é", "€", "🐢"])("a cut in the middle of %s leaves that out", (character) => {
    const text = UTF8.encode("a".repeat(4_096) + character.repeat(4));
    for (let shift = 1; shift <= 4; shift++) {
      const cut = read(text.slice(shift, 4_096 + shift));
      expect(cut).toMatch(/^a+.*$/u);
      expect(cut).not.toContain("\u{fffd}");
      expect(cut!.length).toBeGreaterThanOrEqual(4_096 - shift);
    }
  });
});
