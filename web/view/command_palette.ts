import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import type { Command } from "../state/commands.ts";
import { SheetFrame } from "./sheet.ts";

/** Commands whose words begin with, or contain, what was typed; the better ones first. */
export function matchCommands(commands: readonly Command[], text: string): Command[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const score = ({ title, group }: Command): number => {
    const whole = `${title} ${group}`.toLowerCase();
    if (!words.every((word) => whole.includes(word))) return -1;
    return words.filter((word) => new RegExp(`\\b${word.replace(/\W/g, "\\$&")}`).test(whole)).length;
  };
  return commands
    .map((command) => ({ command, points: score(command) }))
    .filter(({ points }) => points >= 0)
    .sort((a, b) => b.points - a.points)
    .map(({ command }) => command);
}

/** All commands, found by their words. */
export function CommandPalette({
  commands,
  onClose,
}: {
  readonly commands: readonly Command[];
  onClose(): void;
}): JSX.Element {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = matchCommands(
    commands.filter((one) => one.isThere() && one.id !== "commands"),
    text,
  );
  const run = (command: Command | undefined): void => {
    onClose();
    // The sheet gives the focus back before the command takes it.
    requestAnimationFrame(() => command?.run());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      const next = (chosen + step + found.length) % Math.max(1, found.length);
      setChosen(next);
      document.getElementById(`command-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  const onInput = (event: Event): void => {
    setText((event.currentTarget as HTMLInputElement).value);
    setChosen(0);
  };
  return h(
    SheetFrame,
    { title: "Commands", class: "palette", onClose },
    h("input", {
      "data-first": true,
      type: "text",
      role: "combobox",
      "aria-label": "Command",
      "aria-expanded": true,
      "aria-controls": "command-list",
      "aria-activedescendant": found.length > 0 ? `command-${chosen}` : undefined,
      autocomplete: "off",
      spellcheck: false,
      placeholder: "Type a few letters",
      value: text,
      onInput,
      onKeyDown,
    }),
    h(FoundCommands, { found, chosen, onRun: run }),
    found.length === 0 ? h("p", { class: "said" }, "No command has these words.") : null,
  );
}

interface FoundCommandsProps {
  readonly found: readonly Command[];
  /** Which of them Enter runs. */
  readonly chosen: number;
  onRun(command: Command): void;
}

function FoundCommands({ found, chosen, onRun }: FoundCommandsProps): JSX.Element {
  return h(
    "ul",
    { id: "command-list", role: "listbox", "aria-label": "Commands", class: "command-list" },
    found.map((one, at) =>
      h(
        "li",
        {
          key: one.id,
          id: `command-${at}`,
          role: "option",
          "aria-selected": at === chosen,
          class: at === chosen ? "is-active" : "",
          onClick: () => onRun(one),
        },
        h("span", { class: "quiet command-group" }, one.group),
        h("span", { class: "grow" }, one.title),
        one.keys === "" ? null : h("kbd", null, one.keys),
      ),
    ),
  );
}
