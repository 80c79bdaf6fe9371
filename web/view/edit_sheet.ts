import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { changeFrame, undoChange } from "../state/editing.ts";
import type { Inspector } from "../state/inspector.ts";
import type { EditAsk } from "../worker_messages.ts";
import { SheetFrame } from "./sheet.ts";

type How = "encode" | "patch" | "bytes";

/** Changes a field or the marked bytes of the frame; the capture itself is never touched. */
export function EditSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const { field, caret, anchor, editing } = page.state;
  const line = page.fields[field];
  const bytes = page.bytes ?? new Uint8Array(0);
  const start = Math.max(0, Math.min(caret, anchor < 0 ? caret : anchor));
  const end = Math.min(bytes.length, Math.max(caret, anchor) + 1);
  const [how, setHow] = useState<How>(line === undefined || line.isGroup ? "bytes" : "encode");
  const [checks, setChecks] = useState<EditAsk["checks"]>("recompute");
  const found = how === "bytes" ? digits(bytes.subarray(start, end)) : plainValue(line?.value ?? "");
  const [value, setValue] = useState(found);
  const choose = (next: How) => (): void => {
    setHow(next);
    setValue(next === "bytes" ? digits(bytes.subarray(start, end)) : plainValue(line?.value ?? ""));
  };
  const apply = async (event: Event): Promise<void> => {
    event.preventDefault();
    const replacement = Uint8Array.from(value.replace(/[^0-9a-fA-F]/g, "").match(/../g) ?? [], (pair) =>
      Number.parseInt(pair, 16),
    );
    const change: EditAsk["change"] =
      how === "bytes"
        ? { type: "bytes", start, end, bytes: replacement }
        : { type: "field", path: line!.path, value, how };
    if (await changeFrame(page, change, checks)) onClose();
  };
  const radio = (name: string, title: string, note: string, isChecked: boolean, onChange: () => void): JSX.Element =>
    h(
      "label",
      { class: "choice" },
      h("input", { type: "radio", name, checked: isChecked, onChange }),
      h("span", null, title),
      h("span", { class: "quiet" }, note),
    );
  const undo = (): void => {
    undoChange(page);
    onClose();
  };
  const isField = line !== undefined && !line.isGroup;
  return h(
    SheetFrame,
    { title: isField && how !== "bytes" ? line.path : `Bytes ${start} to ${end}`, class: "edit", onClose },
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
      h(
        "fieldset",
        null,
        h("legend", null, "How"),
        isField
          ? radio("how", "encode the message anew", "all that depends on it fits", how === "encode", choose("encode"))
          : null,
        isField
          ? radio(
              "how",
              "replace the field's bytes",
              "whatever that makes of the frame",
              how === "patch",
              choose("patch"),
            )
          : null,
        radio("how", `replace bytes ${start} to ${end}`, "as hexadecimal digits", how === "bytes", choose("bytes")),
      ),
      h(
        "fieldset",
        null,
        h("legend", null, "Length and CRC"),
        radio("checks", "make them right", "", checks === "recompute", () => setChecks("recompute")),
        radio("checks", "leave them", "wrong on purpose", checks === "leave", () => setChecks("leave")),
      ),
      h(
        "div",
        { class: "sheet-row end" },
        editing === undefined ? null : h("button", { type: "button", onClick: undo }, "Undo the last edit"),
        h("button", { type: "submit", class: "primary" }, "Apply"),
      ),
      h("p", { class: "quiet" }, "The capture stays as it is; export the edited frame to keep it."),
    ),
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
