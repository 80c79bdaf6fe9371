import { h, type InputHTMLAttributes, type JSX } from "preact";
import { useState } from "preact/hooks";
import { MESSAGE_TYPES } from "../../src/protocols/snapshot/wire.ts";
import type { Inspector } from "../state/inspector.ts";
import type { Live } from "../state/page_state.ts";

const TYPES = Object.keys(MESSAGE_TYPES);
const DEFAULT_FRAMES_PER_SECOND = 500;
const MAX_FRAMES_PER_SECOND = 10_000;

export interface LiveChoiceProps {
  readonly page: Inspector;
  readonly live: Live | undefined;
}

/** What to watch, and the button that begins or ends it. */
export function LiveChoice({ page, live }: LiveChoiceProps): JSX.Element {
  const [agents, setAgents] = useState("");
  const [types, setTypes] = useState<readonly string[]>([]);
  const [framesPerSecond, setRate] = useState(DEFAULT_FRAMES_PER_SECOND);
  const [token, setToken] = useState("");
  const isOpen = live?.state === "open";
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const choice = { agents: agents.split(/[\s,]+/).filter((one) => one !== ""), types, framesPerSecond };
    if (isOpen) page.tap.choose(choice);
    else page.tap.start(token, choice).catch((error) => page.failed(error));
  };
  return h(
    "form",
    { class: "live-form", onSubmit },
    input("Agents", setAgents, { type: "text", value: agents, placeholder: "all", spellcheck: false }),
    input("Frames a second", (text) => setRate(Number(text)), {
      type: "number",
      min: 1,
      max: MAX_FRAMES_PER_SECOND,
      value: framesPerSecond,
    }),
    h(TypeToggles, { types, onTypes: setTypes }),
    live?.needsToken === true
      ? input("Token", setToken, { type: "password", value: token, autocomplete: "off" })
      : null,
    h(
      "button",
      { type: "submit", class: "primary" },
      isOpen ? "Apply" : live?.state === "connecting" ? "Asking…" : "Watch",
    ),
    isOpen ? h("button", { type: "button", onClick: () => page.tap.stop() }, "Stop") : null,
  );
}

function input(title: string, onText: (text: string) => void, attributes: InputHTMLAttributes): JSX.Element {
  const onInput = (event: Event): void => onText((event.currentTarget as HTMLInputElement).value);
  return h("label", null, `${title} `, h("input", { ...attributes, class: "mono", onInput }));
}

interface TypeTogglesProps {
  /** None means all. */
  readonly types: readonly string[];
  onTypes(types: readonly string[]): void;
}

function TypeToggles({ types, onTypes }: TypeTogglesProps): JSX.Element {
  return h(
    "fieldset",
    { class: "live-types" },
    h("legend", null, types.length === 0 ? "All types" : "Types"),
    TYPES.map((type) => {
      const isOn = types.includes(type);
      return h(
        "button",
        {
          key: type,
          type: "button",
          class: "toggle mono",
          "aria-pressed": isOn,
          onClick: () => onTypes(isOn ? types.filter((one) => one !== type) : [...types, type]),
        },
        type,
      );
    }),
  );
}
