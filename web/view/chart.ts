import { h, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

export interface ChartSeries {
  readonly label: string;
  /** A colour of the styles: `--accent`. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Told apart by more than colour. */
  readonly dash?: readonly number[];
  readonly isBars?: boolean;
}

export interface ChartProps {
  /** What it shows, for those who don't see it. */
  readonly label: string;
  readonly timesMs: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly heightPx: number;
  readonly unit: string;
  /** From 0 to this at least. */
  readonly max: number;
  /** A click near a point. */
  onPoint(at: number): void;
}

/** A chart over time. Moving the pointer over it shows the values below; a click goes to the frame behind a point. */
export function Chart(props: ChartProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    let plot: uPlot | undefined;
    const make = (): void => {
      plot?.destroy();
      const element = place.current!;
      const [options, data] = plotOf(latest.current, element);
      plot = new uPlot(options, data, element);
      plot.over.addEventListener("click", () => {
        const at = plot?.cursor.idx;
        if (typeof at === "number") latest.current.onPoint(at);
      });
    };
    make();
    const observer = new ResizeObserver(() => {
      const width = place.current!.clientWidth;
      if (plot !== undefined && width > 0 && plot.width !== width) plot.setSize({ width, height: props.heightPx });
    });
    observer.observe(place.current!);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", make);
    return () => {
      dark.removeEventListener("change", make);
      observer.disconnect();
      plot?.destroy();
    };
  }, [props.timesMs, props.series]);
  return h("div", { ref: place, class: "chart", role: "img", "aria-label": props.label });
}

function plotOf(
  { timesMs, series, heightPx, unit, max }: ChartProps,
  element: HTMLElement,
): [uPlot.Options, uPlot.AlignedData] {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const font = `11px ${colour("--mono")}`;
  const axis = {
    stroke: colour("--ink-3"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const value = (_: uPlot, at: number | null): string =>
    at === null || at === undefined ? "–" : `${Math.round(at * 10) / 10}${unit}`;
  const options: uPlot.Options = {
    width: Math.max(200, element.clientWidth),
    height: heightPx,
    // The columns are UTC seconds, as everything on the page is.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    cursor: { y: false, points: { size: 5 } },
    scales: { y: { range: (_, __, most) => [0, Math.max(max, most * 1.05)] } },
    axes: [
      { ...axis, size: 28 },
      { ...axis, size: 48, values: (_, ticks) => ticks.map((tick) => `${tick}${unit}`) },
    ],
    series: [
      { value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" },
      ...series.map(({ label, colour: name, dash, isBars }) => ({
        label,
        value,
        stroke: colour(name),
        width: isBars === true ? 0 : 1.5,
        points: { show: timesMs.length === 1 },
        ...(dash === undefined ? {} : { dash: dash.slice() }),
        ...(isBars === true ? { fill: colour(name), paths: uPlot.paths.bars!({ size: [0.9, 40] }) } : {}),
      })),
    ],
  };
  const times = timesMs.map((time) => time / 1000);
  return [options, [times, ...series.map(({ values }) => values.slice())] as uPlot.AlignedData];
}
