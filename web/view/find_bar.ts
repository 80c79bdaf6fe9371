import { h, type JSX, type RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { clearFind, runFind } from "../state/find.ts";
import type { Inspector } from "../state/inspector.ts";
import type { FindMode } from "../state/page_state.ts";
import type { CompletionView, TextFault } from "../worker_messages.ts";

const MODES: readonly (readonly [FindMode, string, string])[] = [
  ["filter", "Filter", "type == snapshot && payload.cpuTotalPct > 90"],
  ["text", "Text", "postgres"],
  ["bytes", "Bytes", "de ad ?? ef"],
  ["number", "Number", "4096, 0x1f40, 2.5"],
];
const MAX_SHOWN = 9;

/** The find bar: a filter with completion, or a search for text, bytes or a number. */
export function FindBar({ page }: { readonly page: Inspector }): JSX.Element {
  const { findMode, findText, findFault } = page.state;
  const input = useRef<HTMLInputElement>(null);
  const completion = useCompletion(page, input);
  const { candidates, chosen } = completion;
  const onMode = (event: Event): void =>
    page.set({ findMode: (event.currentTarget as HTMLSelectElement).value as FindMode, findFault: undefined });
  const onInput = (event: Event): void => {
    page.set({ findText: (event.currentTarget as HTMLInputElement).value, findFault: undefined });
    completion.ask();
  };
  return h(
    "form",
    { class: "find", role: "search", onSubmit: (event: Event) => event.preventDefault() },
    h(
      "select",
      { "aria-label": "What to find", value: findMode, onChange: onMode },
      MODES.map(([id, title]) => h("option", { key: id, value: id }, title)),
    ),
    h("input", {
      ref: input,
      id: "find",
      class: "mono grow",
      type: "text",
      role: "combobox",
      "aria-label": findMode === "filter" ? "Filter" : `Search ${findMode}`,
      "aria-expanded": candidates.length > 0,
      "aria-controls": "find-list",
      "aria-autocomplete": "list",
      "aria-activedescendant": chosen >= 0 ? `find-${chosen}` : undefined,
      "aria-invalid": findFault !== undefined,
      "aria-describedby": findFault === undefined ? undefined : "find-fault",
      autocomplete: "off",
      spellcheck: false,
      placeholder: MODES.find(([id]) => id === findMode)![2],
      value: findText,
      onInput,
      onKeyDown: (event: KeyboardEvent) => onFindKey(page, completion, event),
      onBlur: completion.close,
    }),
    h("kbd", { class: "find-key", "aria-hidden": "true" }, "/"),
    h(CandidateList, { completion }),
    findFault === undefined ? null : h(FindFault, { text: findText, fault: findFault }),
  );
}

/** What could stand at the cursor of a filter. */
interface Completion {
  readonly candidates: readonly CompletionView[];
  /** Which of them, or -1. */
  readonly chosen: number;
  /** Asks what fits now. */
  ask(): void;
  /** Chooses the next or the one before. */
  step(by: 1 | -1): void;
  /** Puts one into the text. */
  take(candidate: CompletionView): void;
  close(): void;
}

function useCompletion(page: Inspector, input: RefObject<HTMLInputElement | null>): Completion {
  const [candidates, setCandidates] = useState<readonly CompletionView[]>([]);
  const [chosen, setChosen] = useState(-1);
  // An answer that comes after the list was closed, or after a later question, is for a text that is gone.
  const asked = useRef(0);
  const shown = useRef<readonly CompletionView[]>([]);
  const show = (found: readonly CompletionView[]): void => {
    const before = shown.current;
    asked.current++;
    shown.current = found;
    setCandidates(found);
    // The arrows stay on what they were on, where a later answer has it too.
    setChosen((at) => found.findIndex(({ text }) => text === before[at]?.text));
  };
  const close = (): void => show([]);
  return {
    candidates,
    chosen,
    close,
    ask: () => {
      const { findMode, current } = page.state;
      const { value, selectionStart } = input.current!;
      if (findMode !== "filter" || current === undefined) return close();
      // What was chosen stood in the text before: Enter must not take it now.
      setChosen(-1);
      const mine = ++asked.current;
      page.client
        .call("complete", { capture: current, text: value, cursor: selectionStart ?? value.length })
        .then((found) => mine === asked.current && show(found.slice(0, MAX_SHOWN)))
        .catch((error) => page.failed(error));
    },
    // Upwards from none is the last one.
    step: (by) => setChosen((chosen + by + candidates.length + (chosen < 0 && by < 0 ? 1 : 0)) % candidates.length),
    take: ({ from, to, text }) => {
      const { findText } = page.state;
      page.set({ findText: `${findText.slice(0, from)}${text}${findText.slice(to)}`, findFault: undefined });
      close();
      const cursor = from + text.length;
      requestAnimationFrame(() => input.current?.setSelectionRange(cursor, cursor));
    },
  };
}

function onFindKey(page: Inspector, completion: Completion, event: KeyboardEvent): void {
  const { key } = event;
  const { candidates, chosen } = completion;
  const isOpen = candidates.length > 0;
  if (isOpen && (key === "ArrowDown" || key === "ArrowUp")) completion.step(key === "ArrowDown" ? 1 : -1);
  else if ((key === "Tab" || key === "Enter") && chosen >= 0) completion.take(candidates[chosen]!);
  else if (key === "Enter") {
    completion.close();
    void runFind(page, event.shiftKey ? -1 : 1);
  } else if (key === "Escape") {
    event.stopPropagation();
    if (isOpen) completion.close();
    else void clearFind(page);
  } else return;
  event.preventDefault();
}

function CandidateList({ completion }: { readonly completion: Completion }): JSX.Element {
  const { candidates, chosen, take } = completion;
  return h(
    "ul",
    {
      id: "find-list",
      role: "listbox",
      "aria-label": "Completions",
      class: "completions",
      hidden: candidates.length === 0,
    },
    candidates.map((one, at) =>
      h(
        "li",
        {
          key: one.text,
          id: `find-${at}`,
          role: "option",
          "aria-selected": at === chosen,
          class: at === chosen ? "is-active" : "",
          onMouseDown: (event: MouseEvent) => {
            // The field keeps the focus.
            event.preventDefault();
            take(one);
          },
        },
        h("code", null, one.text),
        h("span", { class: "quiet cut" }, one.note === "" ? one.kind : one.note),
      ),
    ),
  );
}

/** What is wrong with the text, and where. */
function FindFault({ text, fault }: { readonly text: string; readonly fault: TextFault }): JSX.Element {
  const { at, end, found, expected } = fault;
  return h(
    "div",
    { id: "find-fault", class: "find-fault", role: "alert" },
    h("pre", { "aria-hidden": "true" }, `${text}\n${" ".repeat(at)}${"^".repeat(Math.max(1, end - at))}`),
    h("p", null, `At ${at + 1}: found ${found}, expected ${expected}.`),
  );
}
