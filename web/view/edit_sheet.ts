import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { changeFrame, undoChange } from "../state/editing.ts";
import type { Inspector } from "../state/inspector.ts";
import type { EditAsk, FieldLine } from "../worker_messages.ts";
import { Mark } from "./mark.ts";
import { RadioChoice } from "./radio_choice.ts";
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

/** Changes a field or the marked bytes of the frame; the capture itself is never touched. */
export function EditSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const place = editPlace(page);
  const { line, start, end } = place;
  const [how, setHow] = useState<How>(line === undefined ? "bytes" : "encode");
  const [checks, setChecks] = useState<Checks>("recompute");
  const [value, setValue] = useState(place.textOf(how));
  const [refusal, setRefusal] = useState("");
  const choose = (next: How): void => {
    setHow(next);
    setValue(place.textOf(next));
  };
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
      h(HowChoices, { place, how, onHow: choose }),
      h(CheckChoices, { checks, onChecks: setChecks }),
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
  const selected = page.fields[field];
  const line = selected?.isGroup === false ? selected : undefined;
  const bytes = page.bytes ?? new Uint8Array(0);
  const start = Math.max(0, Math.min(caret, anchor < 0 ? caret : anchor));
  const end = Math.min(bytes.length, Math.max(caret, anchor) + 1);
  return {
    line,
    start,
    end,
    textOf: (how) => (how === "bytes" ? digits(bytes.subarray(start, end)) : plainValue(line?.value ?? "")),
  };
}

interface HowChoicesProps {
  readonly place: EditPlace;
  readonly how: How;
  onHow(how: How): void;
}

function HowChoices({ place: { line, start, end }, how, onHow }: HowChoicesProps): JSX.Element {
  const choice = (id: How, title: string, note: string): JSX.Element =>
    h(RadioChoice, { name: "how", title, note, isChecked: how === id, onChange: () => onHow(id) });
  return h(
    "fieldset",
    null,
    h("legend", null, "How"),
    line === undefined
      ? null
      : [
          choice("encode", "encode the message anew", "all that depends on it fits"),
          choice("patch", "replace the field's bytes", "whatever that makes of the frame"),
        ],
    choice("bytes", `replace bytes ${start} to ${end}`, "as hexadecimal digits"),
  );
}

interface CheckChoicesProps {
  readonly checks: Checks;
  onChecks(checks: Checks): void;
}

function CheckChoices({ checks, onChecks }: CheckChoicesProps): JSX.Element {
  const choice = (id: Checks, title: string, note: string): JSX.Element =>
    h(RadioChoice, { name: "checks", title, note, isChecked: checks === id, onChange: () => onChecks(id) });
  return h(
    "fieldset",
    null,
    h("legend", null, "Length and CRC"),
    choice("recompute", "make them right", ""),
    choice("leave", "leave them", "wrong on purpose"),
  );
}

function digits(bytes: Uint8Array): string {
  return Array.from(bytes, (value) => value.toString(16).padStart(2, "0")).join(" ");
}

/** A value without the quotes and the time that the tree shows beside it. */
function plainValue(text: string): string {
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return text.split("  ")[0]!;
}
