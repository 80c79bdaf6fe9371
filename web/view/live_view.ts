import { h, type JSX } from "preact";
import { CORE_SHA256 } from "../../src/core/mod.ts";
import type { Inspector } from "../state/inspector.ts";
import type { Live } from "../state/page_state.ts";
import { grouped, size } from "./format.ts";
import { FrameList } from "./frame_list.ts";
import { LiveChoice } from "./live_choice.ts";
import { Mark } from "./mark.ts";

const COUNT_WORDS: readonly (readonly [string, string])[] = [
  ["shownFrames", "shown"],
  ["sampledOutFrames", "left out by the rate"],
  ["droppedFrames", "dropped, more than this page took"],
  ["unreadableFrames", "unreadable"],
];

export interface LiveViewProps {
  readonly page: Inspector;
  /** Enter on a frame. */
  onEnter(): void;
}

/** A server that is watched: what of it, how it goes, and its frames as they come. */
export function LiveView({ page, onEnter }: LiveViewProps): JSX.Element {
  const { live, current } = page.state;
  const isShown = live?.capture !== undefined && live.capture === current;
  return h(
    "div",
    { class: "list live" },
    h(
      "div",
      { class: "live-panel" },
      h(LiveChoice, { page, live }),
      live === undefined ? h(Intro, null) : h(State, { page, live }),
    ),
    isShown
      ? h(FrameList, { page, onEnter })
      : live?.capture === undefined
        ? null
        : h(
            "p",
            { class: "said" },
            h("button", { type: "button", onClick: () => page.show(live.capture!) }, "Show the live capture"),
          ),
  );
}

function Intro(): JSX.Element {
  return h(
    "p",
    { class: "quiet" },
    "Watches the server that shows this page: what agents send and what it answers. It never slows what agents are told.",
  );
}

function State({ page, live }: { readonly page: Inspector; readonly live: Live }): JSX.Element {
  const { state, said, coreSha256, commandLines, isPaused, counts, leftOutBytes, capture } = live;
  const isSame = coreSha256 === CORE_SHA256;
  const words = { open: "watching", connecting: "asking", closed: "not watching", refused: "refused" }[state];
  return h(
    "div",
    { class: "live-state" },
    h(
      "p",
      { role: "status" },
      h("span", { class: `pulse is-${state}`, "aria-hidden": "true" }),
      h("b", null, words),
      said === "" ? null : `: ${said}`,
    ),
    coreSha256 === undefined
      ? null
      : h(
          "p",
          { class: isSame ? "" : "is-error" },
          isSame
            ? `✓ the server's core is this page's, ${coreSha256.slice(0, 12)}`
            : `✕ the server's core is another: ${coreSha256.slice(0, 12)}, here ${CORE_SHA256.slice(0, 12)}`,
          ` · command lines ${commandLines}`,
        ),
    h(
      "ul",
      { class: "tally" },
      COUNT_WORDS.map(([name, word]) =>
        h("li", { key: name }, h("b", { class: "mono" }, grouped(counts[name] ?? 0)), ` ${word}`),
      ),
      leftOutBytes === 0
        ? null
        : h(
            "li",
            null,
            h(Mark, { severity: "warning" }),
            ` ${size(leftOutBytes)} not taken in: this page was too slow`,
          ),
    ),
    capture === undefined
      ? null
      : h(
          "p",
          { class: "live-buttons" },
          h(
            "button",
            { type: "button", "aria-pressed": isPaused, onClick: () => page.tap.pause(!isPaused) },
            isPaused ? "Follow again" : "Pause",
          ),
          h(
            "button",
            { type: "button", onClick: () => void page.tap.save().catch((error) => page.failed(error)) },
            "Save as .tide",
          ),
          isPaused ? h("span", { class: "quiet" }, "the list stays; what comes in is kept") : null,
        ),
  );
}
