import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import type { Inspector } from "../state/inspector.ts";
import type { ProblemView, Severity } from "../worker_messages.ts";
import { BusyLine } from "./busy_line.ts";
import { counted, grouped } from "./format.ts";
import { Mark, SHAPES } from "./mark.ts";
import { useCall } from "./use_call.ts";
import { VirtualRows } from "./virtual_rows.ts";

/** Problems that are listed: nobody reads more, and all are counted. */
const MAX_PROBLEMS = 10_000;
const SEVERITIES: readonly Severity[] = ["error", "warning", "note"];

/** Everything that is wrong or odd in the capture, in its order; each leads to its frame. */
export function ProblemList({ page }: { readonly page: Inspector }): JSX.Element {
  const { current } = page.state;
  const { capture } = page;
  const [hidden, setHidden] = useState<ReadonlySet<Severity>>(new Set());
  const [active, setActive] = useState(-1);
  const isReady = current !== undefined && capture?.isDone === true;
  const ask = isReady ? { capture: current, count: MAX_PROBLEMS } : undefined;
  const call = useCall(page, "problems", `${current} ${isReady} ${capture?.rows}`, ask);
  const all = call.answer?.problems ?? [];
  const counts = call.answer?.counts;
  // What only the end of a capture shows (a part that never came) is found last, and belongs to where it began.
  const shown = all.filter(({ severity }) => !hidden.has(severity)).sort((a, b) => a.row - b.row);
  const go = (at: number): void => {
    const problem = shown[at];
    setActive(at);
    if (problem === undefined) return;
    page.set({ side: "problems" });
    page.goToRow(problem.row).catch((error) => page.failed(error));
  };
  const toggle = (severity: Severity): void => {
    const next = new Set(hidden);
    if (!next.delete(severity)) next.add(severity);
    setHidden(next);
    setActive(-1);
  };
  return h(
    "div",
    { class: "list problems" },
    h(
      "div",
      { class: "view-head", role: "group", "aria-label": "What is listed" },
      SEVERITIES.map((severity) =>
        h(
          "button",
          {
            key: severity,
            type: "button",
            class: "toggle",
            "aria-pressed": !hidden.has(severity),
            onClick: () => toggle(severity),
          },
          h("span", { class: `mark ${severity}`, "aria-hidden": "true" }, SHAPES[severity]),
          counted(counts?.[severity] ?? 0, severity),
        ),
      ),
      h(BusyLine<"problems">, { call, doing: "Looking into every frame" }),
    ),
    h(VirtualRows, {
      id: "problem-rows",
      role: "grid",
      label: "Problems",
      rows: shown.length,
      rowPx: 22,
      columns: 4,
      active,
      onMove: go,
      renderRow: (at, style) => ProblemRow({ at, style, problem: shown[at]!, isActive: at === active, onGo: go }),
      empty:
        call.isBusy || !isReady ? "Looking…" : all.length === 0 ? "Nothing is wrong with this capture." : "Hidden.",
    }),
  );
}

function ProblemRow({
  at,
  style,
  problem,
  isActive,
  onGo,
}: {
  readonly at: number;
  readonly style: { readonly top: string; readonly height: string };
  readonly problem: ProblemView;
  readonly isActive: boolean;
  onGo(at: number): void;
}): JSX.Element {
  const { severity, row, title, found } = problem;
  const cell = (name: string, content: JSX.Element | string): JSX.Element =>
    h("span", { role: "gridcell", class: `c-${name}` }, content);
  return h(
    "div",
    {
      key: at,
      id: `problem-rows-${at}`,
      role: "row",
      "aria-rowindex": at + 1,
      "aria-selected": isActive,
      class: `row problem-row ${isActive ? "is-active" : ""}`,
      style,
      onClick: () => onGo(at),
    },
    cell("mark", h(Mark, { severity })),
    cell("number", grouped(row)),
    cell("title", title),
    cell("said", `found ${found}`),
  );
}
