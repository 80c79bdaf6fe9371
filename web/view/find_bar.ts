import { h, type JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { clearFind, runFind } from "../state/find.ts";
import type { Inspector } from "../state/inspector.ts";
import type { FindMode } from "../state/page_state.ts";
import type { CompletionView } from "../worker_messages.ts";

const MODES: readonly (readonly [FindMode, string, string])[] = [
  ["filter", "Filter", "type == snapshot && payload.cpuTotalPct > 90"],
  ["text", "Text", "postgres"],
  ["bytes", "Bytes", "de ad ?? ef"],
  ["number", "Number", "4096, 0x1f40, 2.5"],
];
const MAX_SHOWN = 9;

/** The find bar: a filter with completion, or a search for text, bytes or a number. */
export function FindBar({ page }: { readonly page: Inspector }): JSX.Element {
  const { findMode, findText, findFault, current } = page.state;
  const [candidates, setCandidates] = useState<readonly CompletionView[]>([]);
  const [chosen, setChosen] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const close = (): void => {
    setCandidates([]);
    setChosen(-1);
  };
  const complete = (): void => {
    const field = input.current!;
    if (findMode !== "filter" || current === undefined) {
      close();
      return;
    }
    page.client
      .call("complete", { capture: current, text: field.value, cursor: field.selectionStart ?? field.value.length })
      .then((found) => {
        setCandidates(found.slice(0, MAX_SHOWN));
        setChosen(-1);
      })
      .catch((error) => page.failed(error));
  };
  const take = (candidate: CompletionView): void => {
    const text = `${findText.slice(0, candidate.from)}${candidate.text}${findText.slice(candidate.to)}`;
    page.set({ findText: text, findFault: undefined });
    close();
    const cursor = candidate.from + candidate.text.length;
    requestAnimationFrame(() => input.current?.setSelectionRange(cursor, cursor));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isOpen = candidates.length > 0;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setChosen((chosen + step + candidates.length + (chosen < 0 && step < 0 ? 1 : 0)) % candidates.length);
    } else if (isOpen && (event.key === "Tab" || event.key === "Enter") && chosen >= 0) {
      event.preventDefault();
      take(candidates[chosen]!);
    } else if (event.key === "Enter") {
      event.preventDefault();
      close();
      void runFind(page, event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (isOpen) close();
      else void clearFind(page);
    }
  };
  const onInput = (event: Event): void => {
    page.set({ findText: (event.currentTarget as HTMLInputElement).value, findFault: undefined });
    complete();
  };
  const hint = MODES.find(([id]) => id === findMode)![2];
  return h(
    "form",
    { class: "find", role: "search", onSubmit: (event: Event) => event.preventDefault() },
    h(
      "select",
      {
        "aria-label": "What to find",
        value: findMode,
        onChange: (event: Event) =>
          page.set({ findMode: (event.currentTarget as HTMLSelectElement).value as FindMode, findFault: undefined }),
      },
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
      placeholder: hint,
      value: findText,
      onInput,
      onKeyDown,
      onBlur: close,
    }),
    h("kbd", { class: "find-key", "aria-hidden": "true" }, "/"),
    h(
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
    ),
    findFault === undefined
      ? null
      : h(
          "div",
          { id: "find-fault", class: "find-fault", role: "alert" },
          h(
            "pre",
            { "aria-hidden": "true" },
            `${findText}\n${" ".repeat(findFault.at)}${"^".repeat(Math.max(1, findFault.end - findFault.at))}`,
          ),
          h("p", null, `At ${findFault.at + 1}: found ${findFault.found}, expected ${findFault.expected}.`),
        ),
  );
}
