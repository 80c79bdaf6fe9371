import { describe, expect, test } from "vitest";
import { CONFIG_KEYS, describeProblem, resolveConfig } from "../../src/agent/config.ts";
import { isLoopback, splitAddress } from "../../src/agent/config_values.ts";
import { flagOf } from "../../src/agent/settings.ts";

/** For each key: what it takes (from a file, where that is not a string) and gives, and what it refuses. */
const CASES: Record<
  string,
  { field: string; good: [unknown, unknown][]; bad: unknown[]; beside?: Record<string, unknown> }
> = {
  server: {
    field: "servers",
    good: [
      ["localhost:1", ["localhost:1"]],
      ["[::1]:65535", ["[::1]:65535"]],
      ["127.8.9.1:80,[::1]:7,localhost:1", ["127.8.9.1:80", "[::1]:7", "localhost:1"]],
      [
        ["localhost:2,localhost:1", "localhost:3"],
        ["localhost:2", "localhost:1", "localhost:3"],
      ],
    ],
    bad: [
      [],
      "localhost:1,",
      ["localhost:1", 2],
      ["localhost:1", "localhost:1"],
      Array.from({ length: 17 }, (_, i) => `localhost:${i + 1}`),
      "localhost:1,10.0.0.1:1",
      "localhost",
      "localhost:0",
      "localhost:65536",
      ":80",
      "::1:80",
      "[::1]",
      "a b:80",
      7400,
      null,
      "10.0.0.1:80",
    ],
  },
  agentId: {
    field: "agentId",
    good: [
      ["db-1", "db-1"],
      ["é".repeat(64), "é".repeat(64)],
    ],
    bad: ["", "a".repeat(129), "é".repeat(65), "a\nb", "\u001b[31m", 7],
  },
  interval: {
    field: "intervalMs",
    good: [
      ["10s", 10_000],
      ["500ms", 500],
      ["1m", 60_000],
      ["1.5s", 1_500],
      ["24h", 86_400_000],
      ["1d", 86_400_000],
    ],
    bad: ["10", 10, "99ms", "25h", "-5s", "1 s", "2d", "", "1e3s", "999999999999999999999h"],
  },
  top: {
    field: "top",
    good: [
      ["20", 20],
      [20, 20],
      [65_536, 65_536],
    ],
    bad: [0, "0", -1, 65_537, 1.5, "1.5", "ten", ""],
  },
  all: {
    field: "all",
    good: [
      [true, true],
      [false, false],
    ],
    bad: ["true", 1, null],
  },
  cmdline: { field: "cmdline", good: [[true, true]], bad: ["yes", 0] },
  redact: {
    field: "redact",
    good: [
      ["a+", [/a+/g]],
      [
        ["a", "b"],
        [/a/g, /b/g],
      ],
      [[], []],
    ],
    bad: ["(", "", [""], ["a", 1], "x".repeat(513), Array.from({ length: 33 }, () => "a"), { a: 1 }],
  },
  compress: {
    field: "compress",
    good: [
      [true, true],
      [false, false],
    ],
    bad: ["zstd"],
  },
  outboxBytes: {
    field: "outboxBytes",
    good: [
      ["64MiB", 67_108_864],
      ["64KiB", 65_536],
      ["1GiB", 1_073_741_824],
    ],
    bad: ["64", 64, "64MB", "63KiB", "2GiB", "64 MiB"],
  },
  spool: { field: "spool", good: [["off", "off"]], bad: ["", "a\nb", true] },
  spoolBytes: { field: "spoolBytes", good: [["1MiB", 1_048_576]], bad: ["1023KiB", "1", 1_048_576, "1025GiB", "2TiB"] },
  spoolAge: { field: "spoolAgeMs", good: [["7d", 604_800_000]], bad: ["999ms", "7", "3651d"] },
  spoolDrop: { field: "spoolDrop", good: [["newest", "newest"]], bad: ["none", "", true] },
  catchUpRate: { field: "catchUpPerSecond", good: [["20", 20]], bad: [0, "100001", 1.5, "fast"] },
  drainTimeout: {
    field: "drainTimeoutMs",
    good: [
      ["0ms", 0],
      ["10m", 600_000],
    ],
    bad: ["11m", "5", 5],
  },
  tls: { field: "tls", good: [[true, true]], bad: ["1.3"] },
  tlsCa: { field: "tlsCa", good: [["/etc/ca.pem", "/etc/ca.pem"]], bad: ["", "a\0b", true] },
  tlsCert: { field: "tlsCert", good: [["a.pem", "a.pem"]], bad: ["", 1], beside: { tlsKey: "a.key" } },
  tlsKey: { field: "tlsKey", good: [["a.key", "a.key"]], bad: ["", 1], beside: { tlsCert: "a.pem" } },
  insecurePlaintext: { field: "insecurePlaintext", good: [[true, true]], bad: ["false"] },
  stateDir: { field: "stateDir", good: [["/var/lib/x", "/var/lib/x"]], bad: ["", "a\0b", 1] },
  log: {
    field: "log",
    good: [
      ["json", "json"],
      ["text", "text"],
    ],
    bad: ["JSON", "xml", true],
  },
  logLevel: {
    field: "logLevel",
    good: [
      ["debug", "debug"],
      ["error", "error"],
    ],
    bad: ["trace", ""],
  },
};

describe("every key", () => {
  test("has a case here", () => {
    expect(Object.keys(CASES).sort()).toEqual([...CONFIG_KEYS].sort());
  });

  for (const [key, { field, good, bad, beside }] of Object.entries(CASES)) {
    test.each(good)(`${key} takes %j`, (found, value) => {
      const { config, problems } = resolveConfig({ flags: {}, file: { ...beside, [key]: found } });
      expect(problems).toEqual([]);
      expect(config[field as keyof typeof config]).toEqual(value);
    });

    test.each(bad.map((found) => [found]))(`${key} refuses %j by name`, (found) => {
      const { problems } = resolveConfig({ flags: {}, file: { [key]: found } });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatchObject({ key, from: "file" });
      const line = describeProblem(problems[0]!);
      expect(line).toContain(key);
      expect(line).toMatch(/found .+, expected .+/);
    });
  }
});

describe("flags and file", () => {
  test("a flag wins over the file, the file over the default", () => {
    const file = { interval: "1s", top: 5, log: "json" };
    const { config } = resolveConfig({ flags: { interval: "2s" }, file });
    expect(config).toMatchObject({ intervalMs: 2_000, top: 5, log: "json", outboxBytes: 64 * 1_048_576 });
  });

  test("a flag turns off what the file turned on", () => {
    expect(resolveConfig({ flags: { cmdline: false }, file: { cmdline: true } }).config.cmdline).toBe(false);
  });

  test("a number of processes on the command line takes back the file's wish for all", () => {
    const { config, problems } = resolveConfig({ flags: { top: "5" }, file: { all: true } });
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ top: 5, all: false });
  });

  test("all and a number at once are a contradiction", () => {
    const { problems } = resolveConfig({ flags: { all: true, top: "5" } });
    expect(problems.map(describeProblem)).toEqual(["--all: found top as well, expected one of the two"]);
  });

  test("every problem is reported, each with its own name", () => {
    const { problems } = resolveConfig({ flags: { outboxBytes: "1" }, file: { top: 0, interval: "x" } });
    const lines = problems.map(describeProblem);
    expect(lines).toHaveLength(3);
    expect(lines.join("\n")).toContain("--outbox-bytes: ");
    expect(lines.join("\n")).toContain("top (configuration file): ");
  });

  test.each([
    ["intervall", "interval"],
    ["agentID", "agentId"],
    ["tpo", "top"],
    ["outboxByte", "outboxBytes"],
  ])("a misspelt key %s is met with %s", (found, meant) => {
    const { problems } = resolveConfig({ flags: {}, file: { [found]: 1 } });
    expect(problems).toMatchObject([{ key: found, suggestion: meant }]);
  });

  test("a key that is like no other is met with the list", () => {
    const [problem] = resolveConfig({ flags: {}, file: { colour: "red" } }).problems;
    expect(problem?.suggestion).toBeUndefined();
    for (const key of CONFIG_KEYS) expect(problem?.expected).toContain(key);
  });

  test.each([[[]], ["text"], [null], [7]])("a file that holds %j is no configuration", (file) => {
    expect(resolveConfig({ flags: {}, file }).problems).toMatchObject([{ key: "config", from: "file" }]);
  });

  test("keys that every object has are not settings", () => {
    const file = JSON.parse('{"__proto__": {"top": 5}, "constructor": 1}');
    expect(resolveConfig({ flags: {}, file }).problems).toHaveLength(2);
  });
});

describe("plaintext", () => {
  test.each(["127.0.0.1:1", "127.255.255.255:1", "localhost:1", "LOCALHOST:1", "[::1]:1"])(
    "%s is this machine",
    (server) => {
      expect(resolveConfig({ flags: { server } }).problems).toEqual([]);
    },
  );

  test.each([
    "10.0.0.1:1",
    "128.0.0.1:1",
    "127.0.0.256:1",
    "127.0.0.1.example.com:1",
    "localhost.example.com:1",
    "[::2]:1",
    "[fe80::1]:1",
    "0.0.0.0:1",
  ])("%s is not, and needs the flag", (server) => {
    expect(resolveConfig({ flags: { server } }).problems).toMatchObject([{ key: "server", from: "flag" }]);
    expect(resolveConfig({ flags: { server, insecurePlaintext: true } }).problems).toEqual([]);
  });

  test("addresses come apart", () => {
    expect(splitAddress("[::1]:7400")).toEqual({ host: "::1", port: 7400 });
    expect(splitAddress("db.example.com:7400")).toEqual({ host: "db.example.com", port: 7400 });
    expect(isLoopback("::1")).toBe(true);
  });
});

test("flags are keys in kebab case", () => {
  expect(CONFIG_KEYS.map(flagOf)).toContain("insecure-plaintext");
});
