import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import type { Inspector } from "../state/inspector.ts";
import { SheetFrame } from "./sheet.ts";

/** Where a text leads: `#12` to a frame, `0x1f` or `4096` to a byte of the capture, `+16` on from here. */
export function parsePlace(
  text: string,
  here: number,
): { readonly row: number } | { readonly offset: number } | undefined {
  const place = text.trim().replaceAll(/[,_]/g, "");
  const row = /^#(\d+)$/.exec(place);
  if (row !== null) return { row: Number(row[1]) };
  const offset = /^([+-]?)(0x[0-9a-f]+|\d+)$/i.exec(place);
  if (offset === null) return undefined;
  const value = Number(offset[2]);
  if (offset[1] === "") return { offset: value };
  return { offset: here + (offset[1] === "-" ? -value : value) };
}

/** Goes to a frame or a byte. */
export function GoToSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const [text, setText] = useState("");
  const { view, caret } = page.state;
  const here = (view?.offset ?? 0) + Math.max(0, caret);
  const place = parsePlace(text, here);
  const go = (event: Event): void => {
    event.preventDefault();
    if (place === undefined) return;
    onClose();
    const work =
      "row" in place ? page.goToRow(Math.min(place.row, (page.capture?.rows ?? 1) - 1)) : page.goToOffset(place.offset);
    work.catch((error) => page.failed(error));
  };
  return h(
    SheetFrame,
    { title: "Go to", class: "goto", onClose },
    h(
      "form",
      { onSubmit: go },
      h(
        "div",
        { class: "sheet-row" },
        h("input", {
          "data-first": true,
          class: "mono grow",
          type: "text",
          "aria-label": "Place",
          spellcheck: false,
          autocomplete: "off",
          placeholder: "#12, 0x1f40, 4096, +16",
          value: text,
          "aria-invalid": text !== "" && place === undefined,
          onInput: (event: Event) => setText((event.currentTarget as HTMLInputElement).value),
        }),
        h("button", { type: "submit", class: "primary", disabled: place === undefined }, "Go"),
      ),
      h(
        "p",
        { class: "quiet", role: "status" },
        text !== "" && place === undefined
          ? "This is no place: a # and a frame's number, or an offset in bytes."
          : "A # before a frame's number; else an offset in bytes, + and - from here.",
      ),
    ),
  );
}
