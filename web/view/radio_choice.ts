import { h, type JSX } from "preact";

export interface RadioChoiceProps {
  /** Choices of one name exclude each other. */
  readonly name: string;
  readonly title: string;
  /** What it comes to, beside the title. */
  readonly note: string;
  readonly isChecked: boolean;
  onChange(): void;
}

/** One of several choices, with a word on what it comes to. */
export function RadioChoice({ name, title, note, isChecked, onChange }: RadioChoiceProps): JSX.Element {
  return h(
    "label",
    { class: "choice" },
    h("input", { type: "radio", name, checked: isChecked, onChange }),
    h("span", null, title),
    h("span", { class: "quiet" }, note),
  );
}
