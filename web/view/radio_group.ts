import { h, type JSX } from "preact";

/** One of several choices: its id, its title, and a word on what it comes to. */
export type Choice<T extends string> = readonly [T, string, string];

export interface RadioGroupProps<T extends string> {
  readonly legend: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  onChange(value: T): void;
}

/** Choices that exclude each other. */
export function RadioGroup<T extends string>({ legend, choices, value, onChange }: RadioGroupProps<T>): JSX.Element {
  return h(
    "fieldset",
    null,
    h("legend", null, legend),
    choices.map(([id, title, note]) =>
      h(
        "label",
        { key: id, class: "choice" },
        h("input", { type: "radio", name: legend, checked: id === value, onChange: () => onChange(id) }),
        h("span", null, title),
        h("span", { class: "quiet" }, note),
      ),
    ),
  );
}
