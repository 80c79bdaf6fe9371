import type { AgentOverview } from "../../ingest/mod.ts";
import { type Paint, printable } from "../../inspect/mod.ts";
import { columnsOf, fillColumns, fitColumns } from "../../inspect/printable.ts";
import { counted, dateAndTime, grouped, size } from "../../inspect/quantities.ts";

/** What agents can be sorted by. */
export type TopOrder = "cpu" | "mem" | "name";

/** Sampling is every 10 s unless it is asked for otherwise: after three of them an agent is late. */
const LATE_MS = 35_000;
/** From here on a machine is busy, and its number stands out. */
const BUSY_PCT = 90;
const BAR_COLUMNS = 8;
/** Eighths of a character, from none to all of it. */
const BAR_PARTS: readonly string[] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const MIN_AGENT_COLUMNS = 8;
const MAX_AGENT_COLUMNS = 28;
/** Lines around the agents: a head, the titles, and the foot with its rule. */
const FRAME_LINES = 5;
const MAX_DETAIL_LINES = 10;

/** What is shown, and how. */
export interface TopState {
  readonly agents: readonly AgentOverview[];
  /** Known agents, those included that are not in `agents`. */
  readonly total: number;
  readonly order: TopOrder;
  /** Whose processes are listed below. */
  readonly selectedId: string | undefined;
  /** Folder or server. */
  readonly source: string;
  readonly nowMs: number;
  /** Why what is shown is old. */
  readonly trouble: string | undefined;
}

/** Agents in their order, late ones last; equal ones by name, so that no line jumps without reason. */
export function sortAgents(agents: readonly AgentOverview[], order: TopOrder, nowMs: number): AgentOverview[] {
  const late = ({ lastSeenMs }: AgentOverview): number => (nowMs - lastSeenMs > LATE_MS ? 1 : 0);
  const byName = (a: AgentOverview, b: AgentOverview): number =>
    a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0;
  const value: Readonly<Record<TopOrder, (agent: AgentOverview) => number>> = {
    cpu: ({ cpuPct }) => -cpuPct,
    mem: (agent) => -memPct(agent),
    name: () => 0,
  };
  return [...agents].sort((a, b) => late(a) - late(b) || value[order](a) - value[order](b) || byName(a, b));
}

/**
 * The screen as lines, each within `columns`, at most `rows` of them.
 *
 * @param agents sorted
 */
export function topScreen(
  state: TopState,
  agents: readonly AgentOverview[],
  columns: number,
  rows: number,
  paint: Paint,
): string[] {
  const selected = agents.findIndex(({ agentId }) => agentId === state.selectedId);
  const details = selected < 0 ? [] : detailLines(agents[selected]!, columns, paint);
  // The list comes first; details get what is left, and never more than half.
  const detailRows = Math.min(details.length, Math.max(0, Math.floor((rows - FRAME_LINES) / 2)));
  const listRows = Math.max(1, rows - FRAME_LINES - detailRows);
  const first = Math.min(Math.max(0, selected - Math.floor(listRows / 2)), Math.max(0, agents.length - listRows));
  const shown = agents.slice(first, first + listRows);
  const widths = widthsOf(agents, columns);
  const lines = [
    headLine(state, columns, paint),
    "",
    paint.strong(fitColumns(titleLine(widths, state.order), columns)),
    ...shown.map((agent) => agentLine(agent, widths, state, columns, paint)),
  ];
  if (agents.length === 0) lines.push(paint.dim("  no agent was heard of yet"));
  if (detailRows > 0) {
    while (lines.length < rows - detailRows - 2) lines.push("");
    lines.push(paint.dim("─".repeat(columns)), ...details.slice(0, detailRows));
  }
  while (lines.length < rows - 1) lines.push("");
  lines.push(footLine(first, shown.length, agents.length, columns, paint));
  return lines.slice(0, rows);
}

/** All agents as a table without a screen. */
export function topTable(state: TopState, agents: readonly AgentOverview[], columns: number, paint: Paint): string[] {
  const widths = widthsOf(agents, columns);
  return [
    headLine(state, columns, paint),
    "",
    paint.strong(fitColumns(titleLine(widths, state.order), columns)),
    ...agents.map((agent) => agentLine(agent, widths, { ...state, selectedId: undefined }, columns, paint)),
  ];
}

interface Widths {
  readonly agent: number;
  /** Beside the number; none where the line is short, and then no sizes either. */
  readonly bar: number;
}

function widthsOf(agents: readonly AgentOverview[], columns: number): Widths {
  const longest = agents.reduce((most, { agentId }) => Math.max(most, columnsOf(printable(agentId))), 0);
  const most = Math.min(MAX_AGENT_COLUMNS, Math.floor(columns / 4));
  return { agent: Math.max(MIN_AGENT_COLUMNS, Math.min(longest, most)), bar: columns >= 90 ? BAR_COLUMNS : 0 };
}

function headLine({ agents, total, source, nowMs, trouble }: TopState, columns: number, paint: Paint): string {
  const late = agents.filter(({ lastSeenMs }) => nowMs - lastSeenMs > LATE_MS).length;
  const parts = [counted(total, "agent")];
  if (agents.length < total) parts.push(`${grouped(agents.length)} shown`);
  if (late > 0) parts.push(`${grouped(late)} late`);
  const time = dateAndTime(nowMs).time.slice(0, 8);
  const text = `tidewire top  ${printable(source)}  ${parts.join(", ")}  ${time} UTC`;
  if (trouble === undefined) return paint.strong(fitColumns(text, columns));
  return paint.alarm(fitColumns(`${text}  ${printable(trouble)}`, columns));
}

function titleLine({ agent, bar }: Widths, order: TopOrder): string {
  const mark = (title: string, of: TopOrder): string => (order === of ? `${title}▾` : title);
  const cells = [
    fillColumns(mark("AGENT", "name"), agent),
    " SEEN",
    ...meterTitle(mark("CPU%", "cpu"), bar),
    ...meterTitle(mark("MEM%", "mem"), bar),
    ...(bar === 0 ? [] : ["MEMORY".padStart(10), "PROCS"]),
    "BUSIEST",
  ];
  return `  ${cells.join("  ")}`;
}

function meterTitle(title: string, bar: number): string[] {
  return bar === 0 ? [title.padStart(5)] : [`${title.padStart(5)} ${" ".repeat(bar)}`];
}

function agentLine(agent: AgentOverview, widths: Widths, state: TopState, columns: number, paint: Paint): string {
  const ageMs = Math.max(0, state.nowMs - agent.lastSeenMs);
  const isSelected = agent.agentId === state.selectedId;
  const name = fillColumns(printable(agent.agentId), widths.agent);
  const seen = ageText(ageMs).padStart(5);
  const sizes = [size(agent.memTotalBytes).padStart(10), grouped(agent.processTotal).padStart(5)];
  const meters = [meter(agent.cpuPct, widths.bar), meter(memPct(agent), widths.bar)];
  const fixed = [name, seen, ...meters, ...(widths.bar === 0 ? [] : sizes)];
  const head = `${isSelected ? "▶" : " "} ${fixed.join("  ")}  `;
  const room = columns - columnsOf(head);
  const busiest = room < 1 ? "" : fitColumns(busiestText(agent), room);
  if (room < 1) return fitColumns(head, columns);
  if (ageMs > LATE_MS) return paint.dim(head + busiest);
  if (isSelected) return paint.strong(head + busiest);
  const cpu = meter(agent.cpuPct, widths.bar);
  const painted = agent.cpuPct >= BUSY_PCT ? head.replace(cpu, paint.alarm(cpu)) : head;
  return painted + paint.dim(busiest);
}

function busiestText({ processes }: AgentOverview): string {
  return processes.map(({ name, cpuPct }) => `${printable(name)} ${cpuPct.toFixed(1)}`).join("  ");
}

function detailLines(agent: AgentOverview, columns: number, paint: Paint): string[] {
  const { date, time } = dateAndTime(agent.windowEndMs);
  const head = `${printable(agent.agentId)}, taken ${date} ${time.slice(0, 8)} UTC`;
  const rows = agent.processes.slice(0, MAX_DETAIL_LINES).map(({ pid, cpuPct, rssBytes, name }) => {
    const cells = [
      String(pid).padStart(8),
      cpuPct.toFixed(1).padStart(6),
      size(rssBytes).padStart(10),
      printable(name),
    ];
    return fitColumns(cells.join("  "), columns);
  });
  return [
    paint.strong(fitColumns(head, columns)),
    paint.dim(fitColumns(`${"PID".padStart(8)}  ${"CPU%".padStart(6)}  ${"RSS".padStart(10)}  NAME`, columns)),
    ...rows,
  ];
}

function footLine(first: number, shown: number, all: number, columns: number, paint: Paint): string {
  const range = all === 0 || shown === all ? "" : `${first + 1} to ${first + shown} of ${grouped(all)}   `;
  return paint.dim(fitColumns(`${range}q quit   ↑↓ select   sort: c cpu  m mem  n name`, columns));
}

/** ` 43.1 ███▌    ` */
function meter(pct: number, bar: number): string {
  const number = pct.toFixed(1).padStart(5);
  if (bar === 0) return number;
  const eighths = Math.round((Math.min(100, Math.max(0, pct)) / 100) * bar * 8);
  return `${number} ${`${"█".repeat(Math.floor(eighths / 8))}${BAR_PARTS[eighths % 8]}`.padEnd(bar)}`;
}

function memPct({ memUsedBytes, memTotalBytes }: AgentOverview): number {
  return memTotalBytes > 0 ? (memUsedBytes / memTotalBytes) * 100 : 0;
}

/** `7s`, `12m`, `3h`, `9d` */
function ageText(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1_000);
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 6_000) return `${Math.floor(seconds / 60)}m`;
  return seconds < 360_000 ? `${Math.floor(seconds / 3_600)}h` : `${grouped(Math.floor(seconds / 86_400))}d`;
}
