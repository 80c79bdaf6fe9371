import { h, type JSX } from "preact";
import { CORE_SHA256 } from "../../src/core/mod.ts";
import type { Inspector } from "../state/inspector.ts";
import { counted, grouped, size } from "./format.ts";
import { Mark } from "./mark.ts";

/** What is going on, what limits were hit, and which core decodes. */
export function StatusBar({ page }: { readonly page: Inspector }): JSX.Element {
  const { task, picked, filter } = page.state;
  const { capture } = page;
  const progress = capture === undefined || capture.isDone ? undefined : capture;
  return h(
    "footer",
    { class: "status" },
    h(
      "span",
      { class: "status-main", role: "status" },
      task !== undefined
        ? null
        : capture === undefined
          ? "nothing leaves this page"
          : progress === undefined
            ? indexedText(capture)
            : `reading ${size(capture.indexedBytes)} of ${size(capture.bytes)}`,
      filter === "" || capture === undefined ? null : ` · filter: ${counted(capture.listRows, "line")}`,
      picked.size === 0 ? null : ` · ${grouped(picked.size)} picked`,
    ),
    progress === undefined
      ? null
      : h("progress", { max: Math.max(1, progress.bytes), value: progress.indexedBytes, "aria-label": "reading" }),
    task === undefined
      ? null
      : h(
          "span",
          { class: "task" },
          `${task.title} `,
          h("progress", { max: Math.max(1, task.total), value: task.done, "aria-label": task.title }),
          h("button", { type: "button", class: "plain", onClick: () => task.cancel() }, "Cancel"),
        ),
    capture?.limits.map((limit) =>
      h("span", { key: limit, class: "limit cut", title: limit }, h(Mark, { severity: "note" }), limit),
    ),
    h("span", { class: "grow" }),
    h(
      "button",
      {
        type: "button",
        class: "plain mono core",
        onClick: () => page.set({ sheet: "core" }),
        title: `SHA-256 of the core: ${CORE_SHA256}`,
      },
      `core ${CORE_SHA256.slice(0, 12)}`,
    ),
  );
}

function indexedText({
  rows,
  bytes,
  tookMs,
  faults,
}: {
  readonly rows: number;
  readonly bytes: number;
  readonly tookMs: number;
  readonly faults: number;
}): string {
  const speed = tookMs > 50 ? `, ${size((bytes / tookMs) * 1000)}/s` : "";
  const damage = faults === 0 ? "no damage" : counted(faults, "damaged place");
  return `${counted(rows, "frame")}, ${damage}, read in ${tookMs < 1000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1000).toFixed(1)} s`}${speed}`;
}
