import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { saveFile } from "../state/files.ts";
import { taskOf } from "../state/find.ts";
import type { Inspector } from "../state/inspector.ts";
import type { ExportKind } from "../worker_messages.ts";
import { counted } from "./format.ts";
import { SheetFrame } from "./sheet.ts";

const KINDS: readonly (readonly [ExportKind, string, string])[] = [
  ["tide", ".tide", "the bytes of the frames, one behind the other"],
  ["jsonLines", "JSON lines", "one object a frame, as tidewire dump --json"],
  ["pcapng", "pcapng", "a TCP flow for Wireshark and the like"],
  ["vector", "test vector", "NAME.tide and NAME.json, as in fixtures/"],
];

/** Writes frames to a file. */
export function ExportSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const { picked, row, filter, current, editing } = page.state;
  const [kind, setKind] = useState<ExportKind>("tide");
  const [which, setWhich] = useState<"picked" | "row" | "list" | "edited">(
    picked.size > 0 ? "picked" : editing === undefined ? "row" : "edited",
  );
  const lines = page.capture?.listRows ?? 0;
  const run = async (): Promise<void> => {
    onClose();
    if (current === undefined) return;
    if (which === "edited" && editing !== undefined) {
      return saveFile("edited.tide", new Blob([editing.view.bytes.slice()]));
    }
    const rows = which === "picked" ? [...picked].sort((a, b) => a - b) : which === "row" ? [row] : undefined;
    try {
      const { files, leftOut } = await page.client.call(
        "export",
        { capture: current, rows, kind },
        taskOf(page, "Exporting"),
      );
      for (const { name, blob } of files) saveFile(name, blob);
      if (leftOut > 0) page.notify("warning", `${counted(leftOut, "frame")} of another protocol left out`);
    } finally {
      page.set({ task: undefined });
    }
  };
  const choice = (
    name: string,
    value: string,
    title: string,
    note: string,
    isChecked: boolean,
    onChange: () => void,
  ): JSX.Element =>
    h(
      "label",
      { key: value, class: "choice" },
      h("input", { type: "radio", name, value, checked: isChecked, onChange }),
      h("span", null, title),
      h("span", { class: "quiet" }, note),
    );
  return h(
    SheetFrame,
    { title: "Export", class: "export", onClose },
    h(
      "fieldset",
      null,
      h("legend", null, "Frames"),
      picked.size > 0
        ? choice("which", "picked", counted(picked.size, "picked frame"), "picked with Space", which === "picked", () =>
            setWhich("picked"),
          )
        : null,
      row >= 0
        ? choice("which", "row", `frame ${row}`, "the one that is selected", which === "row", () => setWhich("row"))
        : null,
      editing === undefined
        ? null
        : choice("which", "edited", "the edited frame", "as .tide", which === "edited", () => setWhich("edited")),
      choice(
        "which",
        "list",
        filter === "" ? "the whole capture" : "what the filter shows",
        counted(lines, "line"),
        which === "list",
        () => setWhich("list"),
      ),
    ),
    which === "edited"
      ? null
      : h(
          "fieldset",
          null,
          h("legend", null, "As"),
          KINDS.map(([id, title, note]) => choice("kind", id, title, note, kind === id, () => setKind(id))),
        ),
    h(
      "div",
      { class: "sheet-row end" },
      h(
        "button",
        {
          type: "button",
          class: "primary",
          "data-first": true,
          onClick: () => void run().catch((error) => page.failed(error)),
        },
        "Export",
      ),
    ),
  );
}
