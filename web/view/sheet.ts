import { type ComponentChildren, h, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface SheetProps {
  readonly title: string;
  readonly class?: string;
  onClose(): void;
  readonly children?: ComponentChildren;
}

/** A dialog over the page. Escape, a click beside it and its button close it; the focus goes back where it was. */
export function SheetFrame({ title, class: name, onClose, children }: SheetProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current!.showModal();
    const first = dialog.current!.querySelector<HTMLElement>("[data-first]");
    first?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const onClick = (event: MouseEvent): void => {
    if (event.target === dialog.current) onClose();
  };
  return h(
    "dialog",
    {
      ref: dialog,
      class: `sheet ${name ?? ""}`,
      "aria-labelledby": "sheet-title",
      onCancel: onClose,
      onClose,
      onClick,
    },
    h(
      "div",
      { class: "sheet-body" },
      h(
        "header",
        { class: "sheet-head" },
        h("h2", { id: "sheet-title" }, title),
        h(
          "button",
          { type: "button", class: "plain", onClick: onClose, "aria-label": "Close: Esc" },
          h("kbd", null, "Esc"),
        ),
      ),
      children,
    ),
  );
}
