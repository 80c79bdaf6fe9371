import { type ComponentChildren, h, type JSX } from "preact";
import { useEffect } from "preact/hooks";

export interface TabItem<T extends string> {
  readonly id: T;
  readonly title: string;
  readonly count?: number;
}

export interface TabsProps<T extends string> {
  readonly label: string;
  /** Names the tabs' elements: `<name>-tab-<id>`, and the panel `<name>-panel`. */
  readonly name: string;
  readonly items: readonly TabItem<T>[];
  readonly current: T;
  onChange(id: T): void;
  readonly children?: ComponentChildren;
}

/** A row of tabs; the arrows move between them. */
export function Tabs<T extends string>({ label, name, items, current, onChange, children }: TabsProps<T>): JSX.Element {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = items.findIndex(({ id }) => id === current);
    const next = items[(at + step + items.length) % items.length]!.id;
    onChange(next);
    document.getElementById(`${name}-tab-${next}`)?.focus();
  };
  // On a narrow screen not all tabs are seen; the one that is shown has to be.
  useEffect(() => document.getElementById(`${name}-tab-${current}`)?.scrollIntoView({ block: "nearest" }), [current]);
  return h(
    "div",
    { class: "tabs" },
    h(
      "div",
      { role: "tablist", "aria-label": label, class: "tablist", onKeyDown },
      items.map(({ id, title, count }) =>
        h(
          "button",
          {
            key: id,
            id: `${name}-tab-${id}`,
            type: "button",
            role: "tab",
            class: "tab",
            "aria-selected": id === current,
            "aria-controls": `${name}-panel`,
            tabIndex: id === current ? 0 : -1,
            onClick: () => onChange(id),
          },
          title,
          count === undefined || count === 0 ? null : h("span", { class: "count" }, count > 999 ? "999+" : count),
        ),
      ),
    ),
    children,
  );
}
