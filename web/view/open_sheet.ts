import { Fragment, h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { pickFiles } from "../state/files.ts";
import type { Inspector } from "../state/inspector.ts";
import { SheetFrame } from "./sheet.ts";

export interface OpenSheetProps {
  readonly page: Inspector;
  onClose(): void;
  openFiles(files: readonly File[]): void;
  openDemo(): void;
}

/** The ways to open a capture. */
export function OpenSheet({ page, onClose, openFiles, openDemo }: OpenSheetProps): JSX.Element {
  return h(
    SheetFrame,
    { title: "Open a capture", class: "open", onClose },
    h(FileButtons, { page, onClose, openFiles, openDemo }),
    h(
      "p",
      { class: "quiet" },
      "Or drop files anywhere on the page. They are read where they lie: a large one takes no more memory than its index, 30 bytes a frame.",
    ),
    h(PastedBytes, { page, onClose }),
  );
}

function FileButtons({ page, onClose, openFiles, openDemo }: OpenSheetProps): JSX.Element {
  const pick = async (): Promise<void> => {
    const asks = await pickFiles();
    if (asks.length === 0) return;
    onClose();
    await page.open(asks);
  };
  const demo = (): void => {
    onClose();
    openDemo();
  };
  const onFiles = (event: Event): void => {
    const { files } = event.currentTarget as HTMLInputElement;
    if (files === null || files.length === 0) return;
    onClose();
    openFiles([...files]);
  };
  const canFollow = "showOpenFilePicker" in window;
  return h(
    "div",
    { class: "sheet-row" },
    h(
      "label",
      { class: "button primary-file" },
      "Choose files",
      h("input", { "data-first": true, type: "file", multiple: true, class: "file", onChange: onFiles }),
    ),
    canFollow
      ? h(
          "button",
          { type: "button", onClick: () => void pick().catch((error) => page.failed(error)) },
          "Choose a file that grows",
        )
      : null,
    h("button", { type: "button", onClick: demo }, "Demonstration"),
  );
}

function PastedBytes({ page, onClose }: Pick<OpenSheetProps, "page" | "onClose">): JSX.Element {
  const [text, setText] = useState("");
  const open = (): void => {
    onClose();
    const bytes = new TextEncoder().encode(text.trim());
    void page.open([{ name: "pasted bytes", bytes }]);
  };
  return h(
    Fragment,
    null,
    h(
      "label",
      { class: "block" },
      "Bytes as hexadecimal digits or base64",
      h("textarea", {
        rows: 6,
        spellcheck: false,
        value: text,
        placeholder: "2a 00 00 00 9d 3c …",
        onInput: (event: Event) => setText((event.currentTarget as HTMLTextAreaElement).value),
      }),
    ),
    h(
      "div",
      { class: "sheet-row end" },
      h(
        "button",
        { type: "button", class: "primary", disabled: text.trim() === "", onClick: open },
        "Open these bytes",
      ),
    ),
  );
}
