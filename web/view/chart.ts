import { h, type JSX, type RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, fullTime } from "./format.ts";

export interface ChartSeries {
  readonly label: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** The class of its line, which has a colour and a dash of its own. */
  readonly tone: "first" | "second";
}

export interface ChartProps {
  /** What it shows, for those who don't see it. */
  readonly label: string;
  /** In rising order, at least one. */
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  /** The axis reaches from 0 to here. */
  readonly max: number;
  /** A point was chosen. */
  onPoint(at: number): void;
}

const HEIGHT_PX = 180;
/** Room for the numbers of the axis. */
const LEFT_PX = 40;
const BOTTOM_PX = 18;
const TOP_PX = 6;
/** Marks of time are at least so far apart. */
const TIME_PX = 130;

/** Lines over time. The pointer or the arrows move along the points; a click or Enter goes to the frame behind one. */
export function Chart({ label, timesMs, series, max, onPoint }: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(place);
  const [at, setAt] = useState(-1);
  const firstMs = timesMs[0]!;
  const msPerPx = Math.max(1, timesMs.at(-1)! - firstMs) / (widthPx - LEFT_PX - 4);
  const x = (timeMs: number): number => LEFT_PX + (timeMs - firstMs) / msPerPx;
  const y = (value: number): number => TOP_PX + (1 - value / max) * (HEIGHT_PX - TOP_PX - BOTTOM_PX);
  const timeAt = (px: number): number => firstMs + (px - LEFT_PX) * msPerPx;
  const nearest = (event: MouseEvent): number =>
    nearestPoint(timesMs, timeAt(event.clientX - place.current!.getBoundingClientRect().left));
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = timesMs.length - 1;
    if (event.key === "Enter" && at >= 0) onPoint(at);
    else if (event.key === "Home") setAt(0);
    else if (event.key === "End") setAt(last);
    else if (event.key === "ArrowRight") setAt(Math.min(last, at + 1));
    else if (event.key === "ArrowLeft") setAt(Math.max(0, at - 1));
    else return;
    event.preventDefault();
  };
  const said = at < 0 ? "" : pointText(timesMs[at]!, series, at);
  return h(
    "div",
    {
      ref: place,
      class: "chart",
      role: "slider",
      tabIndex: 0,
      "aria-label": label,
      "aria-valuemin": 0,
      "aria-valuemax": timesMs.length - 1,
      "aria-valuenow": Math.max(0, at),
      "aria-valuetext": said === "" ? "no point chosen" : said,
      onKeyDown,
      onMouseMove: (event: MouseEvent) => setAt(nearest(event)),
      onClick: (event: MouseEvent) => onPoint(nearest(event)),
    },
    h(
      "svg",
      { width: widthPx, height: HEIGHT_PX, "aria-hidden": "true" },
      axes(widthPx, max, y, timeAt),
      series.map(({ tone, values }) =>
        h("polyline", {
          key: tone,
          class: `line-${tone}`,
          points: values.map((value, i) => `${x(timesMs[i]!)},${y(value)}`).join(" "),
        }),
      ),
      at < 0 ? null : h("path", { class: "chart-cursor", d: `M${x(timesMs[at]!)} ${TOP_PX}V${HEIGHT_PX - BOTTOM_PX}` }),
      at < 0
        ? null
        : series.map(({ tone, values }) =>
            h("circle", { key: tone, class: `dot-${tone}`, cx: x(timesMs[at]!), cy: y(values[at]!), r: 3 }),
          ),
    ),
    foot(series, said),
  );
}

/** The width of an element, as it changes. */
function useWidth(place: RefObject<HTMLElement | null>): number {
  const [widthPx, setWidthPx] = useState(600);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidthPx(Math.max(160, Math.floor(entry!.contentRect.width))));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  return widthPx;
}

/** What each line is, and what the chosen point says. */
function foot(series: readonly ChartSeries[], said: string): JSX.Element {
  return h(
    "p",
    { class: "chart-foot mono" },
    series.map(({ label, tone }) =>
      h(
        "span",
        { key: label },
        h(
          "svg",
          { width: 22, height: 8, "aria-hidden": "true" },
          h("line", { class: `line-${tone}`, x2: 22, y1: 4, y2: 4 }),
        ),
        ` ${label}`,
      ),
    ),
    h("span", { class: "grow cut" }, said),
  );
}

function axes(
  widthPx: number,
  max: number,
  y: (value: number) => number,
  timeAt: (px: number) => number,
): JSX.Element[] {
  const marks: JSX.Element[] = [0, 0.25, 0.5, 0.75, 1].flatMap((share): JSX.Element[] => [
    h("line", {
      key: `l${share}`,
      class: "chart-grid",
      x1: LEFT_PX,
      x2: widthPx,
      y1: y(share * max),
      y2: y(share * max),
    }),
    h("text", { key: `t${share}`, x: LEFT_PX - 6, y: y(share * max) + 4, "text-anchor": "end" }, `${share * max}%`),
  ]);
  for (let px = LEFT_PX; px < widthPx - 60; px += TIME_PX) {
    marks.push(h("text", { key: `x${px}`, x: px, y: HEIGHT_PX - 4 }, clockTime(timeAt(px)).slice(0, 8)));
  }
  return marks;
}

function pointText(timeMs: number, series: readonly ChartSeries[], at: number): string {
  const values = series.map(({ label, unit, values }) => `${label} ${values[at]!.toFixed(1)}${unit}`);
  return `${fullTime(timeMs)}  ${values.join(", ")}`;
}

/** The point whose time is closest. */
function nearestPoint(timesMs: readonly number[], timeMs: number): number {
  let low = 0;
  let high = timesMs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timesMs[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low > 0 && timeMs - timesMs[low - 1]! < timesMs[low]! - timeMs ? low - 1 : low;
}
