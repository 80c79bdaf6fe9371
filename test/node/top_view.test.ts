import { describe, expect, it } from "vitest";
import type { AgentOverview } from "../../src/ingest/mod.ts";
import { NO_COLOURS, printable } from "../../src/inspect/mod.ts";
import { columnsOf } from "../../src/inspect/printable.ts";
import { sortAgents, type TopState, topScreen, topTable } from "../../src/node/top/top_view.ts";

const NOW_MS = Date.UTC(2026, 0, 1, 12);
const GIB = 2 ** 30;

function agent(agentId: string, cpuPct: number, more: Partial<AgentOverview> = {}): AgentOverview {
  const processes = [
    { pid: 10, name: "postgres", cpuPct: 12.34, rssBytes: 300 * 2 ** 20 },
    { pid: 11, name: "node", cpuPct: 3, rssBytes: 80 * 2 ** 20 },
  ];
  const base = {
    lastSeenMs: NOW_MS - 4_000,
    windowEndMs: NOW_MS - 5_000,
    memUsedBytes: 6 * GIB,
    memTotalBytes: 16 * GIB,
  };
  return { agentId, cpuPct, ...base, processTotal: 312, processes, ...more };
}

function state(agents: readonly AgentOverview[], more: Partial<TopState> = {}): TopState {
  const rest = { order: "cpu", selectedId: undefined, source: "data", nowMs: NOW_MS, trouble: undefined } as const;
  return { agents, total: agents.length, ...rest, ...more };
}

const names = (agents: readonly AgentOverview[]): string[] => agents.map(({ agentId }) => agentId);

it("sorts by what is asked for, equal ones by name, late ones last", () => {
  const agents = [
    agent("b", 10, { memUsedBytes: 8 * GIB }),
    agent("late", 99, { lastSeenMs: NOW_MS - 60_000 }),
    agent("a", 10),
    agent("c", 50, { memUsedBytes: 1 * GIB }),
  ];
  expect(names(sortAgents(agents, "cpu", NOW_MS))).toEqual(["c", "a", "b", "late"]);
  expect(names(sortAgents(agents, "mem", NOW_MS))).toEqual(["b", "a", "c", "late"]);
  expect(names(sortAgents(agents, "name", NOW_MS))).toEqual(["a", "b", "c", "late"]);
});

it("shows how busy, how full, how fresh an agent is, and who is busiest", () => {
  expect(topTable(state([agent("db-1", 43.1)]), [agent("db-1", 43.1)], 110, NO_COLOURS)).toEqual([
    "tidewire top  data  1 agent  12:00:00 UTC",
    "",
    "  AGENT      SEEN  CPU%▾            MEM%               MEMORY  PROCS  BUSIEST",
    "  db-1         4s   43.1 ███▌       37.5 ███         16.0 GiB    312  postgres 12.3  node 3.0",
  ]);
});

describe("a screen", () => {
  const many = Array.from({ length: 100 }, (_, i) => agent(`host-${String(i).padStart(3, "0")}`, 100 - i));
  const sizes = [40, 79, 80, 90, 120, 250].flatMap((columns) => [8, 24, 60].map((rows) => [columns, rows] as const));

  it.each(sizes)("of %i × %i is filled, and no line is too long", (columns, rows) => {
    for (const selectedId of [undefined, "host-000", "host-050", "host-099"]) {
      const lines = topScreen(state(many, { selectedId }), many, columns, rows, NO_COLOURS);
      expect(lines.length).toBe(rows);
      expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([]);
      if (selectedId !== undefined)
        expect(lines.filter((line) => line.startsWith(`▶ ${selectedId.slice(0, 6)}`)).length).toBe(1);
    }
  });

  it("with wide and with hostile names still fits, and holds no control character", () => {
    const evil = agent("\u001b[2J\u0007データベース\u202e", 95, {
      processes: [{ pid: 1, name: "\u001b]0;title\u0007\n", cpuPct: 1, rssBytes: 1 }],
    });
    const lines = topScreen(
      state([evil], { selectedId: evil.agentId, trouble: "\u001b[31mbad" }),
      [evil],
      80,
      24,
      NO_COLOURS,
    );
    for (const line of lines) expect(printable(line)).toBe(line);
    expect(lines.filter((line) => columnsOf(line) > 80)).toEqual([]);
  });

  it("lists the chosen agent's processes below, and says so when there is no agent", () => {
    const text = topScreen(state(many, { selectedId: "host-001" }), many, 80, 24, NO_COLOURS).join("\n");
    expect(text).toContain("host-001, taken 2026-01-01 11:59:55 UTC");
    expect(text).toMatch(/ {6}10 {4}12\.3 {3}300\.0 MiB {2}postgres/);
    expect(topScreen(state([]), [], 80, 24, NO_COLOURS).join("\n")).toContain("no agent was heard of yet");
  });
});
