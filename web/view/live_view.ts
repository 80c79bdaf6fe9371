import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { CORE_SHA256 } from "../../src/core/mod.ts";
import { MESSAGE_TYPES } from "../../src/protocols/snapshot/wire.ts";
import type { Inspector } from "../state/inspector.ts";
import type { Live } from "../state/page_state.ts";
import type { TapChoice } from "../tap_client.ts";
import { grouped, size } from "./format.ts";
import { FrameList } from "./frame_list.ts";
import { Mark } from "./mark.ts";

const TYPES = Object.keys(MESSAGE_TYPES);
const DEFAULT_FRAMES_PER_SECOND = 500;
const MAX_FRAMES_PER_SECOND = 10_000;
const COUNT_WORDS: readonly (readonly [string, string])[] = [
  ["shownFrames", "shown"],
  ["sampledOutFrames", "left out by the rate"],
  ["droppedFrames", "dropped, page too slow"],
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
      h(Choice, { page, live }),
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

/** What to watch, and the button that begins or ends it. */
function Choice({ page, live }: { readonly page: Inspector; readonly live: Live | undefined }): JSX.Element {
  const [agents, setAgents] = useState("");
  const [types, setTypes] = useState<readonly string[]>([]);
  const [framesPerSecond, setRate] = useState(DEFAULT_FRAMES_PER_SECOND);
  const [token, setToken] = useState("");
  const isOpen = live?.state === "open";
  const choice: TapChoice = { agents: agents.split(/[\s,]+/).filter((one) => one !== ""), types, framesPerSecond };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (isOpen) page.tap.choose(choice);
    else page.tap.start(token, choice).catch((error) => page.failed(error));
  };
  const onType = (type: string): void =>
    setTypes(types.includes(type) ? types.filter((one) => one !== type) : [...types, type]);
  return h(
    "form",
    { class: "live-form", onSubmit },
    h(
      "label",
      null,
      "Agents ",
      h("input", {
        type: "text",
        class: "mono",
        value: agents,
        placeholder: "all",
        spellcheck: false,
        onInput: (event: Event) => setAgents((event.currentTarget as HTMLInputElement).value),
      }),
    ),
    h(
      "label",
      null,
      "Frames a second ",
      h("input", {
        type: "number",
        class: "mono",
        min: 1,
        max: MAX_FRAMES_PER_SECOND,
        value: framesPerSecond,
        onInput: (event: Event) => setRate(Number((event.currentTarget as HTMLInputElement).value)),
      }),
    ),
    h(
      "fieldset",
      { class: "live-types" },
      h("legend", null, types.length === 0 ? "All types" : "Types"),
      TYPES.map((type) =>
        h(
          "button",
          {
            key: type,
            type: "button",
            class: "toggle mono",
            "aria-pressed": types.includes(type),
            onClick: () => onType(type),
          },
          type,
        ),
      ),
    ),
    live?.needsToken === true
      ? h(
          "label",
          null,
          "Token ",
          h("input", {
            type: "password",
            class: "mono",
            value: token,
            autocomplete: "off",
            onInput: (event: Event) => setToken((event.currentTarget as HTMLInputElement).value),
          }),
        )
      : null,
    h(
      "button",
      { type: "submit", class: "primary" },
      isOpen ? "Apply" : live?.state === "connecting" ? "Asking…" : "Watch",
    ),
    isOpen ? h("button", { type: "button", onClick: () => page.tap.stop() }, "Stop") : null,
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
