import { h, type JSX } from "preact";
import type { Inspector } from "../state/inspector.ts";
import { replayOn, replayRun, replaySenders, showStep } from "../state/replay.ts";
import type { ReplayStepView } from "../worker_messages.ts";
import { clockTime } from "./format.ts";
import { Mark } from "./mark.ts";
import { VirtualRows } from "./virtual_rows.ts";

const LONG_RUN_FRAMES = 100;

/** A capture stepped through the real sessions of agent and server. */
export function ReplayPanel({ page }: { readonly page: Inspector }): JSX.Element {
  const { sender, steps, active } = replayRun(page);
  const step = steps[active];
  const go = (at: number): void => showStep(page, at);
  return h(
    "div",
    { class: "list replay" },
    h(ReplayHead, { page }),
    h(VirtualRows, {
      id: "steps",
      role: "grid",
      label: "Steps",
      rows: steps.length,
      rowPx: 22,
      columns: 5,
      active,
      onMove: go,
      renderRow: (at, style) => StepRow({ at, style, step: steps[at]!, isActive: at === active, onGo: go }),
      empty:
        sender === ""
          ? "No agent is named in this capture: there is nobody to replay."
          : "Step feeds the next frame to the sessions that run in production, with the capture's times.",
    }),
    step === undefined ? null : h(StepCard, { step }),
  );
}

/** Whose frames, and how many of them. */
function ReplayHead({ page }: { readonly page: Inspector }): JSX.Element {
  const { sender, nextRow } = replayRun(page);
  const { row } = page.state;
  const button = (title: string, disabled: boolean, frames: number, from?: number, name = ""): JSX.Element =>
    h(
      "button",
      {
        type: "button",
        class: name,
        disabled: disabled || sender === "",
        onClick: () => void replayOn(page, frames, from),
      },
      title,
    );
  const choose = (event: Event): void => page.set({ replaySender: (event.currentTarget as HTMLSelectElement).value });
  return h(
    "div",
    { class: "view-head" },
    h(
      "label",
      null,
      "Agent ",
      h(
        "select",
        { value: sender, onChange: choose },
        replaySenders(page).map((one) => h("option", { key: one, value: one }, one)),
      ),
    ),
    button("Step", nextRow < 0, 1, undefined, "primary"),
    button(`Run ${LONG_RUN_FRAMES}`, nextRow < 0, LONG_RUN_FRAMES),
    button("From this frame", row < 0, 1, row),
    button("From the start", false, 1, 0),
    h("span", { class: "quiet", role: "status" }, nextRow < 0 ? "at the end" : ""),
  );
}

interface StepRowProps {
  readonly at: number;
  readonly style: { readonly top: string; readonly height: string };
  readonly step: ReplayStepView;
  readonly isActive: boolean;
  onGo(at: number): void;
}

function StepRow({ at, style, step, isActive, onGo }: StepRowProps): JSX.Element {
  const { row, atMs, cause, title, summary, broken } = step;
  const cell = (name: string, content: JSX.Element | string): JSX.Element =>
    h("span", { role: "gridcell", class: `c-${name}` }, content);
  return h(
    "div",
    {
      key: at,
      id: `steps-${at}`,
      role: "row",
      "aria-rowindex": at + 1,
      "aria-selected": isActive,
      class: `row step-row cause-${cause} ${isActive ? "is-active" : ""}`,
      style,
      onClick: () => onGo(at),
    },
    cell("mark", h(Mark, { severity: broken.length > 0 ? "error" : undefined })),
    cell("number", cause === "frame" ? String(row) : cause),
    cell("at", clockTime(atMs)),
    cell("title", title),
    cell("said", broken.length > 0 ? `${broken[0]!.code}: ${broken[0]!.text}` : summary),
  );
}

/** A timer of an agent that hears nothing of its server in this capture does not run: it can be overdue. */
function dueText(inMs: number): string {
  const seconds = `${(Math.abs(inMs) / 1000).toFixed(1)} s`;
  return inMs < 0 ? `${seconds} overdue` : `in ${seconds}`;
}

/** One step in full: where both sides stand now, what their tables said, and the rule that was broken. */
function StepCard({ step }: { readonly step: ReplayStepView }): JSX.Element {
  const { sides, transitions, events, output, broken, atMs } = step;
  return h(
    "div",
    { class: "step-card scroll", tabIndex: 0, role: "region", "aria-label": "This step" },
    h(
      "div",
      { class: "sides" },
      sides.map(({ side, state, timers, heldBytes }) =>
        h(
          "section",
          { key: side, class: "side", "aria-label": side },
          h("h2", null, side, h("code", { class: "state" }, state)),
          h("p", { class: "quiet" }, `${heldBytes} bytes held`),
          timers.map((timer) =>
            h("p", { key: timer.name, class: "mono" }, `${timer.name} ${dueText(timer.atMs - atMs)}`),
          ),
        ),
      ),
    ),
    broken.map(({ code, text, rule }) =>
      h(
        "p",
        { key: code + text, class: "broken" },
        h(Mark, { severity: "error" }),
        h("b", { class: "mono" }, code),
        ` ${text}`,
        rule === "" ? null : h("code", null, ` ${rule}`),
      ),
    ),
    h(
      "ul",
      { class: "step-lines mono" },
      transitions.map(({ side, text, rule, isRefused }) =>
        h(
          "li",
          { key: side + text },
          h("span", { class: "quiet" }, `${side} `),
          text,
          h("span", { class: isRefused ? "bad" : "quiet" }, `  ${isRefused ? "refused: " : ""}${rule}`),
        ),
      ),
      output.map((one, at) => h("li", { key: `o${at}`, class: "quiet" }, one)),
      events.map((one, at) => h("li", { key: `e${at}`, class: "quiet cut", title: one }, one)),
    ),
  );
}
