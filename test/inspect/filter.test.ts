import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFilter } from "../../src/inspect/filter.ts";
import { filterFields } from "../../src/inspect/filter_fields.ts";
import type { FilterColumns, FilterError } from "../../src/inspect/filter_row.ts";
import type { FrameRow } from "../../src/protocols/definition.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";

const FIELDS = filterFields([SNAPSHOT_PROTOCOL], { agentIds: ["db-1", "web 2"] });

const SNAPSHOT: FrameRow = {
  offset: 100,
  type: "snapshot",
  agentId: "db-1",
  messageId: "0aff00000000000000000000000000ee",
  timestampUtcMs: Date.UTC(2026, 0, 1, 12),
  flags: 0,
  payload: {
    cpuTotalPct: Math.fround(91.3),
    memUsedBytes: 18_000_000_000_000_000_001n,
    memTotalBytes: 12_000_000,
    processes: [
      { pid: 1, name: "init", cpuPct: 1, rssBytes: 4_096, cmdline: null },
      { pid: 7, name: "Postgres: writer", cpuPct: 60, rssBytes: 5_000_000, cmdline: "postgres -D" },
    ],
    extensions: [],
  },
};

function columnsOf(row: FrameRow, more: Partial<FilterColumns> = {}): FilterColumns {
  return {
    row: 3,
    offset: 100,
    bytes: 6_000,
    timeMs: Number(row["timestampUtcMs"] ?? Number.NaN),
    type: String(row["type"] ?? ""),
    agentId: String(row["agentId"] ?? ""),
    error: String(row["error"] ?? ""),
    ...more,
  };
}

/** Whether a row passes; what the columns decide has to be what the row says. */
function passes(text: string, row: FrameRow = SNAPSHOT): boolean {
  const result = parseFilter(text, FIELDS);
  if (!result.ok) throw new Error(`${text}: ${JSON.stringify(result.error)}`);
  const columns = columnsOf(row);
  const answer = result.filter.test(columns, columns.error === "" ? row : undefined);
  const decided = result.filter.decide(columns);
  if (decided !== undefined) expect(decided).toBe(answer);
  return answer;
}

function errorOf(text: string): FilterError {
  const result = parseFilter(text, FIELDS);
  if (result.ok) throw new Error(`${text} is a filter`);
  return result.error;
}

describe("parseFilter", () => {
  it.each([
    "",
    "type == snapshot && payload.cpuTotalPct > 90",
    'agentId ~ "DB"',
    "agentId == db-1",
    "status == ok",
    "!error",
    "error || type == snapshot",
    "size > 5kB && size < 1MiB && size == 6000",
    "offset == 100 && row == 3",
    'time >= "2026-01-01T12:00" && timestampUtcMs < 2026-01-02',
    'timestampUtcMs == "2026-01-01T13:00+01:00"',
    "payload.cpuTotalPct == 91.3",
    "payload.cpuTotalPct > 90%",
    "payload.memUsedBytes == 18000000000000000001",
    "payload.memTotalBytes == 12MB",
    "type in (ack, snapshot)",
    "payload.processes.pid in (3, 7)",
    "payload.processes exists",
    "payload.processes.cmdline exists",
    'payload.processes.name contains "Postgres:"',
    "payload.processes.name ~ post*writer",
    'any(payload.processes.name ~ "postgres" && payload.processes.cpuPct > 50)',
    "payload.processes.name != nginx",
    "messageId ~ 0AFF*ee",
    'messageId == "0aff0000 00000000 00000000 000000EE"',
    "!(type == ack) && (status == error || !(size > 1GB))",
    "payload.memTotalBytes",
  ])("%s: passes", (text) => {
    expect(passes(text)).toBe(true);
  });

  it.each([
    "type == ack",
    "error",
    "error == CRC_MISMATCH",
    "agentId contains DB",
    "agentId !~ db",
    "payload.cpuTotalPct < 91",
    "payload.memUsedBytes == 18000000000000000000",
    "payload.status == 1",
    "payload.status != 1",
    "payload.processes.name == postgres",
    "any(payload.processes.name == init && payload.processes.cpuPct > 50)",
    "payload.processes.name != init",
    "payload.extensions exists",
    "payload.reason exists",
    'time < "2026-01"',
  ])("%s: does not pass", (text) => {
    expect(passes(text)).toBe(false);
  });

  it("takes a time without a zone as UTC, wherever it is read", () => {
    const zone = process.env["TZ"];
    try {
      process.env["TZ"] = "America/New_York";
      expect(new Date(0).getTimezoneOffset()).not.toBe(0);
      expect(passes('time == "2026-01-01T12:00" && timestampUtcMs == "2026-01-01T12:00:00.000"')).toBe(true);
    } finally {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    }
  });

  it("a frame that can't be decoded has an error and nothing else", () => {
    const fault = { offset: 5, error: "CRC_MISMATCH" };
    expect(passes("error", fault)).toBe(true);
    expect(passes("error == CRC_MISMATCH && status == error", fault)).toBe(true);
    expect(passes("payload.cpuTotalPct < 5 || type == snapshot || agentId exists", fault)).toBe(false);
    expect(passes("!(payload.cpuTotalPct > 5)", fault)).toBe(true);
    expect(passes("any(payload.processes.pid > 0)", fault)).toBe(false);
  });

  it("reads a frame only where the columns don't answer", () => {
    const filterOf = (text: string) => {
      const result = parseFilter(text, FIELDS);
      if (!result.ok) throw new Error(result.error.found);
      return result.filter;
    };
    const [snapshot, ack] = [columnsOf(SNAPSHOT), columnsOf({ type: "ack", agentId: "db-1" })];
    const mixed = filterOf("type == snapshot && payload.cpuTotalPct > 90");
    expect([mixed.needsFrames, mixed.decide(snapshot), mixed.decide(ack)]).toEqual([true, undefined, false]);
    const either = filterOf("type == snapshot || payload.status == 1");
    expect([either.decide(snapshot), either.decide(ack)]).toEqual([true, undefined]);
    expect(filterOf('type == snapshot && agentId ~ db && size > 3 && time > "2026-01" && !error').needsFrames).toBe(
      false,
    );
    // What can't be decoded is not read at all.
    const fault = columnsOf({ error: "TRUNCATED" });
    for (const text of ["any(payload.processes.pid > 0)", "payload.status exists", "agentId == a && !error"]) {
      expect(filterOf(text).decide(fault)).toBe(false);
    }
    // Where the index knows no agent, the frame does.
    const unknown = columnsOf(SNAPSHOT, { agentId: "" });
    const agent = filterOf("agentId == db-1");
    expect([agent.decide(unknown), agent.test(unknown, SNAPSHOT)]).toEqual([undefined, true]);
  });
});

describe("errors", () => {
  it.each([
    ["payload.cpuTotalPct > high", 22, 26, "high", "percentage"],
    ["type = snapshot", 5, 6, "=", "=="],
    ["type == ", 8, 8, "the end", "a value"],
    ["type == snapshot snapshot", 17, 25, "snapshot", "&&"],
    ["(type == ack", 12, 12, "the end", ")"],
    ["cpuTotalPct > 5", 0, 11, "cpuTotalPct", "perhaps payload.cpuTotalPct"],
    ["nothing == 5", 0, 7, "nothing", "a field"],
    ["size > 5s", 7, 9, "5s", "a size"],
    ["row > 5kB", 6, 9, "5kB", "without a unit"],
    ["type > 5", 5, 6, ">", "== !="],
    ["payload.processes == 5", 18, 20, "==", "exists"],
    ['agentId == "db', 11, 14, "a text without its end", 'second "'],
    ["type in ack", 8, 11, "ack", "( and values"],
    ["type in (ack ack)", 13, 16, "ack", ", or )"],
    ["time > yesterday", 7, 16, "yesterday", "a UTC time"],
    ["messageId == xyz", 13, 16, "xyz", "hexadecimal"],
    ["any(type == ack)", 0, 3, "any", "one list"],
    ["any(payload.processes.pid > 1 && payload.status == 1)", 0, 3, "any", "one list"],
    ["&& error", 0, 2, "&&", "a field"],
    ["error & error", 6, 7, "&", "&&"],
    ["error §", 6, 7, "§", "a name"],
  ])("%s: points at what is wrong", (text, at, end, found, expected) => {
    const error = errorOf(text);
    expect([error.at, error.end, error.found]).toEqual([at, end, found]);
    expect(error.expected).toContain(expected);
  });

  it("bounds depth, length and lists", () => {
    expect(errorOf(`${"(".repeat(40)}error${")".repeat(40)}`).expected).toContain("at most 32");
    expect(errorOf(`${"!".repeat(2_000)}error`).expected).toContain("at most 32");
    expect(errorOf(`error${" ".repeat(5_000)}`).expected).toContain("at most 4096");
    expect(errorOf(`row in (${"1,".repeat(300)}1)`).expected).toContain("at most 256");
    expect(passes(Array.from({ length: 300 }, () => "error").join("||"))).toBe(false);
  });
});

describe("properties", () => {
  const condition = fc.constantFrom(
    "error",
    "type == snapshot",
    "size > 5kB",
    "agentId ~ db",
    "payload.cpuTotalPct > 50",
    "payload.processes.pid == 7",
    "any(payload.processes.pid == 1 && payload.processes.cpuPct < 2)",
  );
  const filter = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      condition,
      tie("node").map((node) => `!(${node})`),
      fc.tuple(tie("node"), fc.constantFrom("&&", "||"), tie("node")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    ),
  })).node;
  const rows = [SNAPSHOT, { ...SNAPSHOT, type: "ack", payload: { status: 1 } }, { offset: 1, error: "TRUNCATED" }];

  it("what the columns decide is what the row says; ! turns it round", () => {
    fc.assert(
      fc.property(filter, fc.constantFrom(...rows), (text, row) => {
        expect(passes(`!(${text})`, row)).toBe(!passes(text, row));
      }),
      { seed: 31, numRuns: 400 },
    );
  });

  it("&& and || are those of the language it is written in", () => {
    fc.assert(
      fc.property(filter, filter, fc.constantFrom(...rows), (a, b, row) => {
        expect(passes(`${a} && ${b}`, row)).toBe(passes(a, row) && passes(b, row));
        expect(passes(`${a} || ${b}`, row)).toBe(passes(a, row) || passes(b, row));
      }),
      { seed: 37, numRuns: 300 },
    );
  });

  it("any text is a filter or an error inside it", () => {
    const word = fc.constantFrom(
      "type",
      "==",
      "&&",
      "(",
      ")",
      "any(",
      '"',
      "ack",
      "!",
      "5kB",
      "in",
      ",",
      " ",
      "§",
      "payload.processes.pid",
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseFilter(text, FIELDS);
        if (!result.ok) {
          const { at, end, found, expected } = result.error;
          expect(at >= 0 && at <= end && end <= text.length && found !== "" && expected !== "").toBe(true);
        }
      }),
      { seed: 43, numRuns: 2_000 },
    );
  });
});
