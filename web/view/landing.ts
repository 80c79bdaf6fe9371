import { h, type JSX } from "preact";
import { CORE_SHA256 } from "../../src/core/mod.ts";
import type { Inspector } from "../state/inspector.ts";

export interface LandingProps {
  readonly page: Inspector;
  onDemo(): void;
}

const READS: readonly (readonly [string, string])[] = [
  [".tide", "captures, and what a server stored"],
  [".pcap .pcapng", "TCP put in order, each flow by itself"],
  ["hex base64", "pasted, or a file of digits"],
  ["the older files", "snapshots of the earlier demonstration"],
];

/** What is shown while no capture is open. */
export function Landing({ page, onDemo }: LandingProps): JSX.Element {
  return h(
    "main",
    { class: "landing" },
    h(
      "div",
      { class: "landing-in" },
      h(TideMark, null),
      h("h2", null, "Drop a capture here"),
      h(
        "p",
        { class: "lead" },
        "Broken ones too. It is read with the decoder that runs in production, it never leaves this page, and a bad frame hides no good one.",
      ),
      h(
        "p",
        { class: "landing-buttons" },
        h(
          "button",
          { type: "button", class: "primary", id: "landing-open", onClick: () => page.set({ sheet: "open" }) },
          "Open files or paste bytes",
        ),
        h("button", { type: "button", onClick: onDemo }, "Show a demonstration"),
      ),
      h(
        "dl",
        { class: "reads" },
        READS.map(([what, how]) => h("div", { key: what }, h("dt", { class: "mono" }, what), h("dd", null, how))),
      ),
      h(
        "p",
        { class: "landing-foot" },
        h("kbd", null, "O"),
        " open  ",
        h("kbd", null, "Ctrl K"),
        " all commands  ",
        h("kbd", null, "?"),
        " keys",
        h("span", { class: "mono core-line" }, `core ${CORE_SHA256}`),
      ),
    ),
  );
}

/** Frames under a tide line, one of them broken: what this page is about. */
function TideMark(): JSX.Element {
  const widths = [34, 58, 22, 76, 40, 18, 64, 30, 52];
  let x = 0;
  const bars = widths.map((width, at) => {
    const bar = h("rect", {
      key: at,
      x,
      y: at === 4 ? 22 : 16,
      width,
      height: at === 4 ? 12 : 18,
      class: at === 4 ? "tide-bad" : "tide-frame",
    });
    x += width + 4;
    return bar;
  });
  return h(
    "svg",
    { viewBox: "0 0 430 48", class: "tide", "aria-hidden": "true" },
    h("path", { d: "M0 8 Q 27 0 54 8 T 108 8 T 162 8 T 216 8 T 270 8 T 324 8 T 378 8 T 432 8", class: "tide-line" }),
    bars,
  );
}
