import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/node/command.ts";
import { type Flag, flagLines, parseFlags } from "../../src/node/flags.ts";

const FLAGS: readonly Flag[] = [
  { name: "server", argument: "HOST:PORT", summary: "Where." },
  { name: "redact", argument: "REGEX", repeatable: true, summary: "What." },
  { name: "all", summary: "Every one." },
];

describe("flags", () => {
  test("values, toggles, what is repeated, and the rest", () => {
    expect(parseFlags(FLAGS, ["--server", "a:1", "--all", "f", "--redact=-x", "--redact", "y", "--", "--g"])).toEqual({
      values: { server: "a:1", all: true, redact: ["-x", "y"] },
      positionals: ["f", "--g"],
    });
  });

  test("no- turns off, and the last word counts", () => {
    expect(parseFlags(FLAGS, ["--all", "--no-all"]).values).toEqual({ all: false });
    expect(parseFlags(FLAGS, ["--server=a", "--server=b"]).values).toEqual({ server: "b" });
  });

  test("- is an argument like any other", () => {
    expect(parseFlags(FLAGS, ["-"]).positionals).toEqual(["-"]);
  });

  test.each([
    [["--sever", "a"], "unknown option --sever; did you mean --server?"],
    [["--color"], "unknown option --color"],
    [["-x"], "unknown option -x"],
    [["--no-server"], "unknown option --no-server"],
    [["--server"], "--server needs a value: --server HOST:PORT"],
    [["--server", "--all"], "--server needs a value: --server HOST:PORT"],
    [["--all=yes"], "--all takes no value, found yes"],
    [["--__proto__"], "unknown option --__proto__"],
  ])("%j is refused", (args, message) => {
    expect(() => parseFlags(FLAGS, args)).toThrow(UsageError);
    expect(() => parseFlags(FLAGS, args)).toThrow(message);
  });

  test("the help page lines up and wraps", () => {
    const long = { name: "long", summary: "word ".repeat(40).trim() };
    const lines = flagLines([...FLAGS, long]).split("\n");
    expect(lines[0]).toBe("  --server HOST:PORT  Where.");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(96);
    expect(lines.length).toBeGreaterThan(5);
  });
});
