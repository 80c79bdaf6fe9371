import { h, type JSX } from "preact";
import { type Command, MOVES } from "../state/commands.ts";
import type { Inspector } from "../state/inspector.ts";
import { CommandPalette } from "./command_palette.ts";
import { CoreSheet } from "./core_sheet.ts";
import { EditSheet } from "./edit_sheet.ts";
import { ExportSheet } from "./export_sheet.ts";
import { FormatSheet } from "./format_sheet.ts";
import { GoToSheet } from "./goto_sheet.ts";
import { OpenSheet } from "./open_sheet.ts";
import { SheetFrame } from "./sheet.ts";

export interface SheetsProps {
  readonly page: Inspector;
  readonly commands: readonly Command[];
  openFiles(files: readonly File[]): void;
  openDemo(): void;
}

/** The dialog that is open, if one is. */
export function Sheets({ page, commands, openFiles, openDemo }: SheetsProps): JSX.Element | null {
  const onClose = (): void => page.set({ sheet: undefined });
  switch (page.state.sheet) {
    case "open":
      return h(OpenSheet, { page, onClose, openFiles, openDemo });
    case "keys":
      return h(KeySheet, { commands, onClose });
    case "commands":
      return h(CommandPalette, { commands, onClose });
    case "goto":
      return h(GoToSheet, { page, onClose });
    case "export":
      return h(ExportSheet, { page, onClose });
    case "format":
      return h(FormatSheet, { page, onClose });
    case "core":
      return h(CoreSheet, { page, onClose });
    case "edit":
      return h(EditSheet, { page, onClose });
    default:
      return null;
  }
}

function KeySheet({ commands, onClose }: { readonly commands: readonly Command[]; onClose(): void }): JSX.Element {
  const groups = [...new Set(commands.map(({ group }) => group))];
  return h(
    SheetFrame,
    { title: "Keys", class: "keys", onClose },
    h(
      "div",
      { class: "key-groups", tabIndex: 0, role: "region", "aria-label": "Keys by what they do" },
      groups.map((group) =>
        h(
          "section",
          { key: group },
          h("h3", null, group),
          h(
            "dl",
            null,
            commands
              .filter((one) => one.group === group && one.keys !== "")
              .map((one) =>
                h(
                  "div",
                  { key: one.id, class: "key-line" },
                  h("dt", null, h("kbd", null, one.keys)),
                  h("dd", null, one.title),
                ),
              ),
            group === "Move"
              ? MOVES.map(([keys, what]) =>
                  h("div", { key: keys, class: "key-line" }, h("dt", null, h("kbd", null, keys)), h("dd", null, what)),
                )
              : null,
          ),
        ),
      ),
    ),
  );
}
