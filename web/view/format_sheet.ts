import { h, type JSX } from "preact";
import type { CaptureFormat } from "../../src/inspect/capture_format.ts";
import type { Inspector } from "../state/inspector.ts";
import { SheetFrame } from "./sheet.ts";

/** What the capture was recognised as, why, and what else it may be. */
export function FormatSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const { capture } = page;
  const choose = (format: CaptureFormat): void => {
    onClose();
    page.reopen(format).catch((error) => page.failed(error));
  };
  return h(
    SheetFrame,
    { title: "Recognised as", class: "format", onClose },
    h("p", { class: "quiet" }, "It was tried as each of these. Choose another if you know better."),
    h(
      "ul",
      { class: "candidates" },
      capture?.candidates.map((one) =>
        h(
          "li",
          { key: one.title },
          h(
            "button",
            {
              type: "button",
              "aria-pressed": one.isChosen,
              onClick: () => choose(one.format),
            },
            h("span", { class: "candidate-title" }, one.isChosen ? "✓ " : "", one.title),
            h("span", { class: "quiet" }, one.reason),
          ),
        ),
      ),
    ),
  );
}
