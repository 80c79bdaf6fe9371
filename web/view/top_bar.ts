import { h, type JSX } from "preact";
import type { Inspector } from "../state/inspector.ts";
import { FindBar } from "./find_bar.ts";
import { counted, size } from "./format.ts";

/** The name, the captures that are open, the find bar and the ways in. */
export function TopBar({ page }: { readonly page: Inspector }): JSX.Element {
  const { captures, current } = page.state;
  return h(
    "header",
    { class: "bar" },
    h(
      "h1",
      { class: "brand" },
      h(Wave, null),
      h("span", null, "tidewire"),
      h("span", { class: "unseen" }, " inspector"),
    ),
    captures.length === 0 ? h("span", { class: "grow" }) : h(CapturePicker, { page }),
    current === undefined ? null : h(FindBar, { page }),
    h(
      "nav",
      { class: "bar-buttons", "aria-label": "Page" },
      h("button", { type: "button", onClick: () => page.set({ sheet: "open" }) }, "Open", h("kbd", null, "O")),
      current === undefined
        ? null
        : h(
            "button",
            { type: "button", class: "wide-only", onClick: () => page.set({ sheet: "export" }) },
            "Export",
            h("kbd", null, "E"),
          ),
      h(
        "button",
        { type: "button", onClick: () => page.set({ sheet: "commands" }) },
        "Commands",
        h("kbd", null, "Ctrl K"),
      ),
    ),
  );
}

function Wave(): JSX.Element {
  return h(
    "svg",
    { viewBox: "0 0 28 16", width: 28, height: 16, "aria-hidden": "true", class: "wave" },
    h("path", {
      d: "M1 11 C4 11 4 5 7.5 5 S11 11 14 11 S17.5 5 21 5 S24 11 27 11",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "2",
      "stroke-linecap": "round",
    }),
  );
}

function CapturePicker({ page }: { readonly page: Inspector }): JSX.Element {
  const { captures, current } = page.state;
  const { capture } = page;
  const said = capture === undefined ? "" : `${counted(capture.rows, "frame")} · ${size(capture.bytes)}`;
  const onChange = (event: Event): void => page.show(Number((event.currentTarget as HTMLSelectElement).value));
  const name =
    captures.length > 1
      ? h(
          "select",
          { "aria-label": "Capture", value: String(current), onChange },
          captures.map((one) => h("option", { key: one.capture, value: String(one.capture) }, one.name)),
        )
      : h("span", { class: "capture-name cut", title: capture?.name }, capture?.name);
  return h(
    "div",
    { class: "capture grow" },
    name,
    h(
      "button",
      {
        type: "button",
        class: "plain capture-said cut",
        onClick: () => page.set({ sheet: "format" }),
        title: "What this was recognised as, and why",
      },
      `${capture?.protocolTitle ?? ""} · ${said}`,
    ),
  );
}
