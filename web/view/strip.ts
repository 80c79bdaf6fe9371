import { h, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Inspector } from "../state/inspector.ts";
import type { StripColumn } from "../worker_messages.ts";

const HEIGHT_PX = 30;
/** Where the faults' own track begins. */
const FAULT_TRACK_PX = 24;
/** A capture that still grows is asked for so often. */
const REFRESH_MS = 500;

/** The whole capture as a tide line: how much lies where, and where something is broken. A click goes there. */
export function Strip({ page }: { readonly page: Inspector }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [columns, setColumns] = useState<readonly StripColumn[]>([]);
  const [widthPx, setWidthPx] = useState(0);
  const { current, row } = page.state;
  const { capture } = page;
  const rows = capture?.rows ?? 0;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidthPx(Math.floor(entry!.contentRect.width)));
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (current === undefined || widthPx === 0 || rows === 0) return setColumns([]);
    const ask = (): void =>
      void page.client
        .call("strip", { capture: current, columns: Math.floor(widthPx / 3) })
        .then(setColumns)
        .catch(() => {});
    const timer = setTimeout(ask, capture?.isDone === true ? 0 : REFRESH_MS);
    return () => clearTimeout(timer);
  }, [current, widthPx, rows, capture?.isDone]);
  useEffect(() => {
    const redraw = (): void => {
      if (canvas.current !== null) draw(canvas.current, columns, rows === 0 ? -1 : row / rows);
    };
    redraw();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", redraw);
    return () => dark.removeEventListener("change", redraw);
  }, [columns, row, rows, widthPx]);
  const faults = columns.reduce((sum, one) => sum + one.faults, 0);
  const onClick = (event: MouseEvent): void => {
    const box = canvas.current!.getBoundingClientRect();
    const column = columns[Math.floor(((event.clientX - box.left) / box.width) * columns.length)];
    if (column !== undefined) void page.goToRow(column.row).catch((error) => page.failed(error));
  };
  return h("canvas", {
    ref: canvas,
    class: "strip",
    role: "img",
    "aria-label": `The capture from its start to its end: ${rows} frames, ${faults === 0 ? "no damage" : "damage in places; N goes to the next"}`,
    onClick,
  });
}

function draw(canvas: HTMLCanvasElement, columns: readonly StripColumn[], at: number): void {
  const scale = devicePixelRatio;
  const width = canvas.clientWidth;
  canvas.width = width * scale;
  canvas.height = HEIGHT_PX * scale;
  const context = canvas.getContext("2d");
  if (context === null || columns.length === 0) return;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name);
  const most = Math.max(...columns.map(({ bytes }) => bytes), 1);
  const columnPx = width / columns.length;
  columns.forEach(({ bytes, faults }, column) => {
    const x = column * columnPx;
    const share = Math.log1p(bytes) / Math.log1p(most);
    const height = Math.max(1, share * (FAULT_TRACK_PX - 4));
    context.fillStyle = colour("--line-strong");
    context.globalAlpha = 0.55;
    context.fillRect(x, FAULT_TRACK_PX - height, Math.max(1, columnPx - 1), height);
    context.globalAlpha = 1;
    if (faults === 0) return;
    context.fillStyle = colour("--error");
    context.fillRect(x, 2, Math.max(2, columnPx - 1), FAULT_TRACK_PX - 2);
    context.beginPath();
    const middle = x + columnPx / 2;
    context.moveTo(middle - 4, HEIGHT_PX);
    context.lineTo(middle, FAULT_TRACK_PX + 1);
    context.lineTo(middle + 4, HEIGHT_PX);
    context.fill();
  });
  context.fillStyle = colour("--line");
  context.fillRect(0, FAULT_TRACK_PX, width, 1);
  if (at < 0) return;
  context.fillStyle = colour("--accent");
  context.fillRect(Math.min(width - 2, at * width), 0, 2, HEIGHT_PX);
}
