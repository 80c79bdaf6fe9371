import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { changeFrame, undoChange } from "../state/editing.ts";
import type { Inspector } from "../state/inspector.ts";
import type { EditAsk, FieldLine } from "../worker_messages.ts";
import { Mark } from "./mark.ts";
import { type Choice, RadioGroup } from "./radio_group.ts";
import { SheetFrame } from "./sheet.ts";

type How = "encode" | "patch" | "bytes";
type Checks = EditAsk["checks"];

/** What can be changed: the field that is selected, if any, and the marked bytes. */
interface EditPlace {
  /** The field, unless it is only the name of a group. */
  readonly line: FieldLine | undefined;
  readonly start: number;
  readonly end: number;
  /** Each as text: the marked bytes as digits, or the field's value. */
  textOf(how: How): string;
}

const CHECKS: readonly Choice<Checks>[] = [
  ["recompute", "make them right", ""],
  ["leave", "leave them", "wrong on purpose"],
];

/** Changes a field or the marked bytes of the frame; the capture itself is never touched. */
export function EditSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const { line, start, end, textOf } = editPlace(page);
  const [how, setHow] = useState<How>(line === undefined ? "bytes" : "encode");
  const [checks, setChecks] = useState<Checks>("recompute");
  const [value, setValue] = useState(textOf(how));
  const [refusal, setRefusal] = useState("");
  const apply = async (event: Event): Promise<void> => {
    event.preventDefault();
    const change: EditAsk["change"] =
      how === "bytes" ? { type: "bytes", start, end, digits: value } : { type: "field", path: line!.path, value, how };
    try {
      await changeFrame(page, change, checks);
      onClose();
    } catch (error) {
      // Said here: what stands outside of a dialog is out of reach while it is open.
      setRefusal((error as Error).message);
    }
  };
  const undo = (): void => {
    undoChange(page);
    onClose();
  };
  const onHow = (next: How): void => {
    setHow(next);
    setValue(textOf(next));
  };
  return h(
    SheetFrame,
    { title: how === "bytes" ? `Bytes ${start} to ${end}` : line!.path, class: "edit", onClose },
    h(
      "form",
      { onSubmit: (event: Event) => void apply(event) },
      h(
        "label",
        { class: "block" },
        "Value",
        h("textarea", {
          "data-first": true,
          rows: how === "bytes" ? 4 : 2,
          spellcheck: false,
          value,
          onInput: (event: Event) => setValue((event.currentTarget as HTMLTextAreaElement).value),
        }),
      ),
      refusal === "" ? null : h("p", { class: "limit", role: "alert" }, h(Mark, { severity: "error" }), refusal),
      h(RadioGroup<How>, { legend: "How", choices: howChoices(line, start, end), value: how, onChange: onHow }),
      h(RadioGroup<Checks>, { legend: "Length and CRC", choices: CHECKS, value: checks, onChange: setChecks }),
      h(
        "div",
        { class: "sheet-row end" },
        page.state.editing === undefined ? null : h("button", { type: "button", onClick: undo }, "Undo the last edit"),
        h("button", { type: "submit", class: "primary" }, "Apply"),
      ),
      h("p", { class: "quiet" }, "The capture stays as it is; export the edited frame to keep it."),
    ),
  );
}

function editPlace(page: Inspector): EditPlace {
  const { field, caret, anchor } = page.state;
  const line = page.fields[field]?.isGroup === false ? page.fields[field] : undefined;
  const bytes = page.bytes ?? new Uint8Array(0);
  const start = Math.max(0, Math.min(caret, anchor < 0 ? caret : anchor));
  const end = Math.min(bytes.length, Math.max(caret, anchor) + 1);
  const textOf = (how: How): string =>
    how === "bytes" ? digits(bytes.subarray(start, end)) : plainValue(line?.value ?? "");
  return { line, start, end, textOf };
}

/** Ways to change a field, if one is selected, and the marked bytes. */
function howChoices(line: FieldLine | undefined, start: number, end: number): Choice<How>[] {
  const bytes: Choice<How> = ["bytes", `replace bytes ${start} to ${end}`, "as hexadecimal digits"];
  if (line === undefined) return [bytes];
  return [
    ["encode", "encode the message anew", "all that depends on it fits"],
    ["patch", "replace the field's bytes", "whatever that makes of the frame"],
    bytes,
  ];
}

function digits(bytes: Uint8Array): string {
  return Array.from(bytes, (value) => value.toString(16).padStart(2, "0")).join(" ");
}

/** A value without the quotes and the time that the tree shows beside it. */
function plainValue(text: string): string {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return text.split("  ")[0]!;
}
