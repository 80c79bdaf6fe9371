import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import { TIMELINE_KINDS, type TimelineKind } from "../../src/inspect/timeline_events.ts";
import type { TimelineView } from "../worker_messages.ts";
import { clockTime, fullTime, grouped } from "./format.ts";

const LANE_PX = 18;
/** What went wrong is a colour of its own; each lane has its name beside it. */
const TONES: Readonly<Record<TimelineKind, "plain" | "good" | "odd" | "bad">> = {
  sent: "plain",
  retried: "odd",
  duplicate: "odd",
  received: "plain",
  stored: "good",
  refused: "bad",
  throttled: "odd",
  heartbeat: "plain",
  gap: "bad",
};
const NAMES: Readonly<Record<TimelineKind, string>> = {
  sent: "sent",
  retried: "retried",
  duplicate: "duplicates",
  received: "received",
  stored: "stored",
  refused: "refused",
  throttled: "throttled",
  heartbeat: "heartbeats",
  gap: "gaps",
};

export interface EventLanesProps {
  readonly view: TimelineView;
  /** A bucket was chosen: the row of the first thing in it. */
  onGo(row: number): void;
}

/** One lane for each kind of event, time from left to right. The arrows move along it, Enter goes to the frame. */
export function EventLanes({ view, onGo }: EventLanesProps): JSX.Element {
  const [chosen, setAt] = useState(-1);
  const { buckets, fromMs, toMs } = view;
  // Another agent's events may have fewer steps.
  const at = Math.min(chosen, buckets.length - 1);
  const go = (bucket: number): void => {
    setAt(bucket);
    const row = buckets[bucket]?.row ?? -1;
    if (row >= 0) onGo(row);
  };
  const bucketAt = (event: MouseEvent): number => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return Math.max(0, Math.min(buckets.length - 1, Math.floor(share * buckets.length)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -buckets.length, End: buckets.length }[event.key];
    if (step !== undefined) setAt(nextFilled(view, at, step));
    else if (event.key === "Enter" && at >= 0) go(at);
    else return;
    event.preventDefault();
  };
  return h(
    "div",
    { class: "lanes" },
    h(LaneNames, { view }),
    h(
      "div",
      {
        class: "lane-field",
        tabIndex: 0,
        role: "slider",
        "aria-label": "Events over time",
        "aria-valuemin": 0,
        "aria-valuemax": Math.max(0, buckets.length - 1),
        "aria-valuenow": Math.max(0, at),
        "aria-valuetext": at < 0 ? "nothing chosen" : bucketText(view, at),
        onKeyDown,
        onMouseMove: (event: MouseEvent) => setAt(bucketAt(event)),
        onClick: (event: MouseEvent) => go(bucketAt(event)),
      },
      h(
        "svg",
        {
          viewBox: `0 0 ${Math.max(1, buckets.length)} ${TIMELINE_KINDS.length * LANE_PX}`,
          preserveAspectRatio: "none",
          height: TIMELINE_KINDS.length * LANE_PX,
          "aria-hidden": "true",
        },
        TIMELINE_KINDS.flatMap((kind, lane) => laneRects(view, kind, lane)),
        at < 0 ? null : h("rect", { class: "lane-cursor", x: at, y: 0, width: 1, height: "100%" }),
      ),
    ),
    h(
      "p",
      { class: "lane-foot mono" },
      h("span", null, fullTime(fromMs)),
      h("span", { class: "grow cut" }, at < 0 ? "" : bucketText(view, at)),
      h("span", null, clockTime(toMs)),
    ),
  );
}

/** What each lane is, and how much of it there was. */
function LaneNames({ view: { buckets } }: Pick<EventLanesProps, "view">): JSX.Element {
  return h(
    "ul",
    { class: "lane-names" },
    TIMELINE_KINDS.map((kind, lane) => {
      const total = buckets.reduce((sum, { counts }) => sum + counts[lane]!, 0);
      return h(
        "li",
        { key: kind, class: total === 0 ? "quiet" : `tone-${TONES[kind]}` },
        h("span", null, NAMES[kind]),
        h("span", { class: "mono" }, grouped(total)),
      );
    }),
  );
}

function laneRects({ buckets }: TimelineView, kind: TimelineKind, lane: number): JSX.Element[] {
  const most = Math.max(1, ...buckets.map(({ counts }) => counts[lane]!));
  const rects: JSX.Element[] = [];
  buckets.forEach(({ counts }, bucket) => {
    const count = counts[lane]!;
    if (count === 0) return;
    const height = 4 + (count / most) * (LANE_PX - 6);
    const place = { x: bucket, y: (lane + 1) * LANE_PX - 1 - height, width: 0.86, height };
    rects.push(h("rect", { key: `${kind}${bucket}`, class: `tone-${TONES[kind]}`, ...place }));
  });
  return rects;
}

/** The next bucket in which something happened. */
function nextFilled({ buckets }: TimelineView, from: number, step: number): number {
  const last = buckets.length - 1;
  if (Math.abs(step) > 1) return step < 0 ? 0 : last;
  for (let at = from + step; at >= 0 && at <= last; at += step) if (buckets[at]!.row >= 0) return at;
  return from;
}

function bucketText({ buckets }: TimelineView, at: number): string {
  const { startMs, counts } = buckets[at]!;
  const said = TIMELINE_KINDS.flatMap((kind, lane) => (counts[lane]! > 0 ? `${counts[lane]} ${NAMES[kind]}` : []));
  return `${clockTime(startMs)}  ${said.join(", ") || "nothing"}`;
}
