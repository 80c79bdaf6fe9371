import { h, type JSX } from "preact";
import { useRef, useState } from "preact/hooks";

/** What a pane keeps at least, in parts of a hundred. */
const MIN_SHARE = 15;
const MAX_SHARE = 85;
const KEY_STEP = 2;
const START_SHARE: Readonly<Record<string, number>> = { detail: 56, bytes: 54 };

export interface SplitterProps {
  /** Sets the property `--split-<name>` of its parent, in percent. */
  readonly name: "detail" | "bytes";
  readonly label: string;
  readonly orientation: "vertical" | "horizontal";
}

/** A line between two panes that is drawn with the mouse or moved with the arrows. */
export function Splitter({ name, label, orientation }: SplitterProps): JSX.Element {
  const [share, setShare] = useState(START_SHARE[name]!);
  const line = useRef<HTMLDivElement>(null);
  const moveTo = (wanted: number): void => {
    const next = Math.max(MIN_SHARE, Math.min(MAX_SHARE, wanted));
    setShare(next);
    line.current!.parentElement!.style.setProperty(`--split-${name}`, `${next}%`);
  };
  const onPointerDown = (event: PointerEvent): void => {
    event.preventDefault();
    line.current!.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (!line.current!.hasPointerCapture(event.pointerId)) return;
    const box = line.current!.parentElement!.getBoundingClientRect();
    const at =
      orientation === "vertical" ? (event.clientX - box.left) / box.width : (event.clientY - box.top) / box.height;
    moveTo(at * 100);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -KEY_STEP, ArrowUp: -KEY_STEP, ArrowRight: KEY_STEP, ArrowDown: KEY_STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveTo(share + step);
  };
  return h("div", {
    ref: line,
    class: `splitter ${orientation}`,
    role: "separator",
    tabIndex: 0,
    "aria-label": label,
    "aria-orientation": orientation,
    "aria-valuenow": Math.round(share),
    "aria-valuemin": MIN_SHARE,
    "aria-valuemax": MAX_SHARE,
    onPointerDown,
    onPointerMove,
    onKeyDown,
    onDblClick: () => moveTo(START_SHARE[name]!),
  });
}
