import { h, type JSX } from "preact";
import { CORE_SHA256 } from "../../src/core/mod.ts";
import type { Inspector } from "../state/inspector.ts";
import type { Task } from "../state/page_state.ts";
import type { CaptureProgress } from "../worker_messages.ts";
import { counted, grouped, size } from "./format.ts";
import { Mark } from "./mark.ts";

/** What is going on, what limits were hit, and which core decodes. */
export function StatusBar({ page }: { readonly page: Inspector }): JSX.Element {
  const { task, picked, filter } = page.state;
  const { capture } = page;
  const reading = capture === undefined ? undefined : readingOf(capture);
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
          : reading?.title === "reading"
            ? `reading ${size(capture.indexedBytes)} of ${size(capture.bytes)}`
            : indexedText(capture),
      filter === "" || capture === undefined ? null : ` · filter: ${counted(capture.listRows, "line")}`,
      picked.size === 0 ? null : ` · ${grouped(picked.size)} picked`,
    ),
    reading === undefined
      ? null
      : h(Work, {
          ...reading,
          total: capture!.bytes,
          cancel: () =>
            void page.client.call("halt", { capture: capture!.capture }).catch((error) => page.failed(error)),
        }),
    task === undefined ? null : h(Work, task),
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

/** What goes on with a capture by itself. */
function readingOf({ isDone, indexedBytes, checkedBytes }: CaptureProgress): Pick<Task, "title" | "done"> | undefined {
  if (!isDone) return { title: "reading", done: indexedBytes };
  return checkedBytes > 0 ? { title: "decoding contents", done: checkedBytes } : undefined;
}

/** Long work, how far it is, and the way to end it. */
function Work({ title, done, total, cancel }: Task): JSX.Element {
  return h(
    "span",
    { class: "task" },
    `${title} `,
    h("progress", { max: Math.max(1, total), value: done, "aria-label": title }),
    h("button", { type: "button", class: "plain", onClick: cancel }, "Cancel"),
  );
}

function indexedText({
  rows,
  indexedBytes,
  tookMs,
  faults,
}: {
  readonly rows: number;
  readonly indexedBytes: number;
  readonly tookMs: number;
  readonly faults: number;
}): string {
  const speed = tookMs > 50 ? `, ${size((indexedBytes / tookMs) * 1000)}/s` : "";
  const damage = faults === 0 ? "no damage" : counted(faults, "damaged place");
  return `${counted(rows, "frame")}, ${damage}, read in ${tookMs < 1000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1000).toFixed(1)} s`}${speed}`;
}
