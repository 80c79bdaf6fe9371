import { h, type JSX } from "preact";
import type { Severity } from "../worker_messages.ts";

/** What each severity looks like without its colour. */
export const SHAPES: Readonly<Record<Severity, string>> = { error: "✕", warning: "▲", note: "○" };

/** The shape of a severity, with its word for those who don't see it. */
export function Mark({ severity }: { readonly severity: Severity | undefined }): JSX.Element {
  if (severity === undefined) return h("span", { class: "mark" });
  return h(
    "span",
    { class: `mark ${severity}`, role: "img", "aria-label": severity, title: severity },
    SHAPES[severity],
  );
}
