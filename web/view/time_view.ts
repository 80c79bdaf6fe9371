import { h, type JSX } from "preact";
import type { ProcessUse } from "../../src/inspect/busiest_processes.ts";
import type { Inspector } from "../state/inspector.ts";
import type { LoadView, TimelineView } from "../worker_messages.ts";
import { BusyLine } from "./busy_line.ts";
import { Chart, type ChartSeries } from "./chart.ts";
import { EventLanes } from "./event_lanes.ts";
import { counted, size } from "./format.ts";
import { Mark } from "./mark.ts";
import { useCall } from "./use_call.ts";

/** Steps of the timeline: a few pixels each on a wide screen. */
const BUCKETS = 240;
/** Points of a chart: more than a screen has columns for. */
const POINTS = 2_000;

/** What happened over time, and the load of an agent's machine. */
export function TimeView({ page }: { readonly page: Inspector }): JSX.Element {
  const { current, timeSender: chosen } = page.state;
  const { capture } = page;
  const choose = (event: Event): void => page.set({ timeSender: (event.currentTarget as HTMLSelectElement).value });
  const senders = (capture?.senders ?? []).filter((sender) => sender !== "");
  // With one agent there is nothing to choose.
  const sender = chosen !== undefined && senders.includes(chosen) ? chosen : (senders[0] ?? "");
  const wanted = chosen === "" ? "" : sender;
  const isReady = current !== undefined && capture?.isDone === true;
  const ask = isReady ? { capture: current, sender: wanted, buckets: BUCKETS, points: POINTS } : undefined;
  const call = useCall(page, "timeline", `${current} ${isReady} ${wanted} ${capture?.rows}`, ask);
  const view = call.answer;
  const go = (row: number): void => {
    page.set({ tab: "frames" });
    page.goToRow(row).catch((error) => page.failed(error));
  };
  return h(
    "div",
    { class: "scroll view", tabIndex: 0, role: "region", "aria-label": "Timeline and load" },
    h(
      "div",
      { class: "view-head" },
      h(
        "label",
        null,
        "Agent ",
        h(
          "select",
          { value: wanted, onChange: choose },
          h("option", { value: "" }, `all (${senders.length})`),
          senders.map((one) => h("option", { key: one, value: one }, one)),
        ),
      ),
      h(BusyLine<"timeline">, { call, doing: "Reading every frame" }),
      view === undefined ? null : h(Latency, { view, onGo: go }),
    ),
    view === undefined ? null : h(Times, { view, onGo: go }),
  );
}

interface ViewProps {
  readonly view: TimelineView;
  onGo(row: number): void;
}

function Times({ view, onGo }: ViewProps): JSX.Element {
  if (view.buckets.every(({ row }) => row < 0)) return h("p", { class: "said" }, "No frame tells a time.");
  return h(
    "div",
    { class: "times" },
    h(EventLanes, { view, onGo }),
    view.limits.map((limit) => h("p", { key: limit, class: "limit" }, h(Mark, { severity: "note" }), limit)),
    view.load === undefined
      ? h("p", { class: "said" }, "Choose one agent to see the load of its machine.")
      : h(Load, { load: view.load, onGo }),
  );
}

function Latency({ view, onGo }: ViewProps): JSX.Element {
  const { latency } = view;
  if (latency === undefined) return h("span", { class: "quiet" }, "no answered message in it");
  const ms = (value: number): string => (value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`);
  return h(
    "span",
    { class: "quiet" },
    `${counted(latency.answers, "answer")}: median ${ms(latency.medianMs)}, p99 ${ms(latency.p99Ms)}, `,
    h(
      "button",
      { type: "button", class: "plain link", onClick: () => onGo(latency.slowestRow) },
      `slowest ${ms(latency.maxMs)}`,
    ),
  );
}

function Load({ load, onGo }: { readonly load: LoadView; onGo(row: number): void }): JSX.Element {
  const series: readonly ChartSeries[] = [
    { label: "CPU", unit: " %", tone: "first", values: load.cpuPct },
    { label: "memory", unit: " %", tone: "second", values: load.memPct },
  ];
  if (load.timesMs.length === 0) return h("p", { class: "said" }, "No snapshot of this agent is in the capture.");
  const busiest = Math.max(...load.cpuPct);
  return h(
    "div",
    { class: "loads" },
    h(
      "h2",
      null,
      "Load of the machine",
      load.isThinned ? h("span", { class: "quiet" }, " busiest of each step") : null,
    ),
    h(Chart, {
      label: `CPU and memory over ${counted(load.timesMs.length, "window")}; CPU is ${busiest.toFixed(1)} % at most`,
      timesMs: load.timesMs,
      series,
      max: 100,
      onPoint: (at) => onGo(load.rows[at]!),
    }),
    h("h2", null, "Busiest processes"),
    h(Busiest, { uses: load.busiest, onGo }),
  );
}

function Busiest({ uses, onGo }: { readonly uses: readonly ProcessUse[]; onGo(row: number): void }): JSX.Element {
  const most = Math.max(1, ...uses.map(({ maxCpuPct }) => maxCpuPct));
  return h(
    "table",
    { class: "busiest" },
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        ["process", "CPU, mean and peak", "mean", "peak", "memory", "windows"].map((one) =>
          h("th", { scope: "col" }, one),
        ),
      ),
    ),
    h(
      "tbody",
      null,
      uses.map(({ name, meanCpuPct, maxCpuPct, maxCpuRow, maxRssBytes, windows }) =>
        h(
          "tr",
          { key: name },
          h("th", { scope: "row", class: "mono cut" }, name),
          h(
            "td",
            null,
            h(
              "svg",
              { viewBox: "0 0 100 8", preserveAspectRatio: "none", class: "meter", "aria-hidden": "true" },
              h("rect", { class: "meter-peak", width: (100 * maxCpuPct) / most, height: 8 }),
              h("rect", { class: "meter-mean", width: (100 * meanCpuPct) / most, height: 8 }),
            ),
          ),
          h("td", null, `${meanCpuPct.toFixed(1)} %`),
          h(
            "td",
            null,
            h(
              "button",
              { type: "button", class: "plain link", onClick: () => onGo(maxCpuRow) },
              `${maxCpuPct.toFixed(1)} %`,
            ),
          ),
          h("td", null, size(maxRssBytes)),
          h("td", null, windows),
        ),
      ),
    ),
  );
}
