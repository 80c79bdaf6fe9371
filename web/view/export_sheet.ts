import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { saveFile } from "../state/files.ts";
import { taskOf } from "../state/find.ts";
import type { Inspector } from "../state/inspector.ts";
import type { ExportKind } from "../worker_messages.ts";
import { counted } from "./format.ts";
import { type Choice, RadioGroup } from "./radio_group.ts";
import { SheetFrame } from "./sheet.ts";

const KINDS: readonly Choice<ExportKind>[] = [
  ["tide", ".tide", "the bytes of the frames, one behind the other"],
  ["jsonLines", "JSON lines", "one object a frame, as tidewire dump --json"],
  ["pcapng", "pcapng", "a TCP flow for Wireshark and the like"],
  ["vector", "test vector", "NAME.tide and NAME.json, as in fixtures/"],
];

type Which = "picked" | "row" | "list" | "edited";

/** Writes frames to a file. */
export function ExportSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const [kind, setKind] = useState<ExportKind>("tide");
  const [which, setWhich] = useState<Which>(
    page.state.picked.size > 0 ? "picked" : page.state.editing === undefined ? "row" : "edited",
  );
  const onClick = (): void => {
    onClose();
    exportFrames(page, which, kind).catch((error) => page.failed(error));
  };
  return h(
    SheetFrame,
    { title: "Export", class: "export", onClose },
    h(RadioGroup<Which>, { legend: "Frames", choices: choicesOf(page), value: which, onChange: setWhich }),
    which === "edited"
      ? null
      : h(RadioGroup<ExportKind>, { legend: "As", choices: KINDS, value: kind, onChange: setKind }),
    h(
      "div",
      { class: "sheet-row end" },
      h("button", { type: "button", class: "primary", "data-first": true, onClick }, "Export"),
    ),
  );
}

/** What there is to export: its name and a word on it. */
function choicesOf({ state, capture }: Inspector): Choice<Which>[] {
  const { picked, row, filter, editing } = state;
  const choices: Choice<Which>[] = [];
  if (picked.size > 0) choices.push(["picked", counted(picked.size, "picked frame"), "picked with Space"]);
  if (row >= 0) choices.push(["row", `frame ${row}`, "the one that is selected"]);
  if (editing !== undefined) choices.push(["edited", "the edited frame", "as .tide"]);
  const list = filter === "" ? "the whole capture" : "what the filter shows";
  choices.push(["list", list, counted(capture?.listRows ?? 0, "line")]);
  return choices;
}

async function exportFrames(page: Inspector, which: Which, kind: ExportKind): Promise<void> {
  const { picked, row, current, editing } = page.state;
  if (current === undefined) return;
  if (which === "edited" && editing !== undefined) {
    return saveFile("edited.tide", new Blob([editing.view.bytes.slice()]));
  }
  const rows = which === "picked" ? [...picked].sort((a, b) => a - b) : which === "row" ? [row] : undefined;
  try {
    const ask = { capture: current, rows, kind };
    const { files, leftOut } = await page.client.call("export", ask, taskOf(page, "Exporting"));
    for (const { name, blob } of files) saveFile(name, blob);
    if (leftOut > 0) page.notify("warning", `${counted(leftOut, "frame")} of another protocol left out`);
  } finally {
    page.set({ task: undefined });
  }
}
