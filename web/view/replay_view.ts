import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { taskOf } from "../state/find.ts";
import type { Inspector } from "../state/inspector.ts";
import type { ReplayStepView } from "../worker_messages.ts";
import { clockTime } from "./format.ts";
import { Mark } from "./mark.ts";
import { VirtualRows } from "./virtual_rows.ts";

/** Steps that are kept: an hour of one agent. Older ones go. */
const MAX_STEPS = 5_000;
const LONG_RUN_FRAMES = 100;

interface Run {
  readonly capture: number;
  readonly sender: string;
  readonly steps: readonly ReplayStepView[];
  readonly nextRow: number;
}

/** A capture stepped through the real sessions of agent and server. */
export function ReplayPanel({ page }: { readonly page: Inspector }): JSX.Element {
  const { current, row } = page.state;
  const senders = (page.capture?.senders ?? []).filter((sender) => sender !== "");
  const [chosen, setChosen] = useState("");
  const [run, setRun] = useState<Run | undefined>();
  const [active, setActive] = useState(-1);
  const sender = senders.includes(chosen) ? chosen : (senders[0] ?? "");
  const live = run?.capture === current && run?.sender === sender ? run : undefined;
  const take = async (fromRow: number, frames: number, before: readonly ReplayStepView[]): Promise<void> => {
    if (current === undefined || fromRow < 0) return;
    try {
      const ask = { capture: current, sender, row: fromRow, frames };
      const answer = await page.client.call("replay", ask, taskOf(page, "Replaying"));
      const steps = [...before, ...answer.steps].slice(-MAX_STEPS);
      setRun({ capture: current, sender, steps, nextRow: answer.nextRow });
      setActive(steps.length - 1);
      await page.goToRow(steps.at(-1)?.row ?? -1);
    } catch (error) {
      page.failed(error);
    } finally {
      page.set({ task: undefined });
    }
  };
  const steps = live?.steps ?? [];
  const next = live?.nextRow ?? 0;
  const go = (at: number): void => {
    setActive(at);
    const step = steps[at];
    if (step !== undefined) page.goToRow(step.row).catch((error) => page.failed(error));
  };
  const button = (title: string, isOff: boolean, onClick: () => void, name = ""): JSX.Element =>
    h("button", { type: "button", class: name, disabled: isOff, onClick }, title);
  return h(
    "div",
    { class: "list replay" },
    h(
      "div",
      { class: "view-head" },
      h(
        "label",
        null,
        "Agent ",
        h(
          "select",
          { value: sender, onChange: (event: Event) => setChosen((event.currentTarget as HTMLSelectElement).value) },
          senders.map((one) => h("option", { key: one, value: one }, one)),
        ),
      ),
      button("Step", next < 0 || sender === "", () => void take(next, 1, steps), "primary"),
      button(`Run ${LONG_RUN_FRAMES}`, next < 0 || sender === "", () => void take(next, LONG_RUN_FRAMES, steps)),
      button("From this frame", row < 0 || sender === "", () => void take(row, 1, [])),
      button("From the start", sender === "", () => void take(0, 1, [])),
      h("span", { class: "quiet", role: "status" }, next < 0 ? "at the end" : ""),
    ),
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
    steps[active] === undefined ? null : h(StepCard, { step: steps[active] }),
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
            h("p", { key: timer.name, class: "mono" }, `${timer.name} in ${((timer.atMs - atMs) / 1000).toFixed(1)} s`),
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
