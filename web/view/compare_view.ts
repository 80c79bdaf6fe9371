import { h, type JSX } from "preact";
import type { Inspector } from "../state/inspector.ts";
import type { CaptureProgress, CompareKind, CompareLine } from "../worker_messages.ts";
import { BusyLine } from "./busy_line.ts";
import { grouped } from "./format.ts";
import { Mark } from "./mark.ts";
import { useCall } from "./use_call.ts";

const WORDS: Readonly<Record<CompareKind, string>> = {
  same: "the same",
  different: "different",
  left: "only left",
  right: "only right",
  unknown: "not compared",
};
const SIGNS: Readonly<Record<CompareKind, string>> = { same: "=", different: "≠", left: "◧", right: "◨", unknown: "?" };

/** Two captures, message by message. */
export function CompareView({ page }: { readonly page: Inspector }): JSX.Element {
  const { captures, current, compared } = page.state;
  const isOpen = (one: number | undefined): boolean => captures.some(({ capture }) => capture === one);
  const left = isOpen(compared[0]) ? compared[0] : current;
  const right = isOpen(compared[1]) ? compared[1] : captures.find(({ capture }) => capture !== left)?.capture;
  const isReady = captures.every((one) => one.isDone || (one.capture !== left && one.capture !== right));
  const ask = left === undefined || right === undefined || !isReady ? undefined : { left, right };
  const call = useCall(page, "compare", `${left} ${right} ${isReady}`, ask);
  if (captures.length < 2) {
    return h(
      "div",
      { class: "said" },
      h("p", null, "Two captures are compared message by message, by their ids. Open a second one."),
      h("button", { type: "button", class: "primary", onClick: () => page.set({ sheet: "open" }) }, "Open another"),
    );
  }
  const go = (capture: number | undefined, row: number): void => {
    if (capture === undefined) return;
    page.set({ compared: [left, right], tab: "frames" });
    if (capture !== page.state.current) page.show(capture);
    page.goToRow(row).catch((error) => page.failed(error));
  };
  const { answer } = call;
  return h(
    "div",
    { class: "scroll view", tabIndex: 0, role: "region", "aria-label": "Comparison" },
    h(
      "div",
      { class: "view-head" },
      h(Picker, { label: "Left", captures, value: left, onChange: (one) => page.set({ compared: [one, right] }) }),
      h(Picker, { label: "Right", captures, value: right, onChange: (one) => page.set({ compared: [left, one] }) }),
      h("button", { type: "button", onClick: () => page.set({ compared: [right, left] }) }, "Swap"),
      h(BusyLine<"compare">, { call, doing: "Comparing" }),
    ),
    answer === undefined
      ? null
      : h(
          "div",
          null,
          h(
            "ul",
            { class: "tally" },
            (["same", "different", "left", "right", "unknown"] as const)
              .filter((kind) => kind !== "unknown" || answer.counts[kind] > 0)
              .map((kind) =>
                h(
                  "li",
                  { key: kind, class: `compare-${kind}` },
                  h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]),
                  h("b", { class: "mono" }, grouped(answer.counts[kind])),
                  ` ${WORDS[kind]}`,
                ),
              ),
          ),
          answer.limits.map((limit) => h("p", { key: limit, class: "limit" }, h(Mark, { severity: "note" }), limit)),
          h(
            "ol",
            { class: "compared" },
            answer.lines.map((line) => h(Line, { line, onGo: (side, row) => go(side === "left" ? left : right, row) })),
          ),
        ),
  );
}

interface PickerProps {
  readonly label: string;
  readonly captures: readonly CaptureProgress[];
  readonly value: number | undefined;
  onChange(capture: number): void;
}

function Picker({ label, captures, value, onChange }: PickerProps): JSX.Element {
  return h(
    "label",
    null,
    `${label} `,
    h(
      "select",
      {
        value: String(value),
        onChange: (event: Event) => onChange(Number((event.currentTarget as HTMLSelectElement).value)),
      },
      captures.map((one) => h("option", { key: one.capture, value: String(one.capture) }, one.name)),
    ),
  );
}

interface LineProps {
  readonly line: CompareLine;
  onGo(side: "left" | "right", row: number): void;
}

function Line({ line, onGo }: LineProps): JSX.Element {
  const { kind, id, type, leftRow, rightRow, differences } = line;
  const place = (side: "left" | "right", row: number | undefined): JSX.Element =>
    row === undefined
      ? h("span", { class: "quiet mono" }, "–")
      : h(
          "button",
          {
            type: "button",
            class: "plain link mono",
            onClick: () => onGo(side, row),
            "aria-label": `frame ${row}, ${side}`,
          },
          row,
        );
  return h(
    "li",
    { class: `compare-${kind}` },
    h("span", { class: "sign", title: WORDS[kind], role: "img", "aria-label": WORDS[kind] }, SIGNS[kind]),
    place("left", leftRow),
    place("right", rightRow),
    h("b", { class: "mono" }, type),
    h("code", { class: "quiet cut" }, id),
    differences.length === 0
      ? null
      : h(
          "ul",
          { class: "field-differences mono" },
          differences.map((one) => h("li", { key: one }, one)),
        ),
  );
}
