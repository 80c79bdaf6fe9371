import { h, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { hexOffset } from "./format.ts";
import {
  BYTE_CARET,
  BYTE_CRC,
  BYTE_FAULT,
  BYTE_HIT,
  BYTE_SELECTED,
  type ByteMark,
  type HexRun,
  hexRuns,
} from "./hex_runs.ts";
import { VirtualRows } from "./virtual_rows.ts";

const ROW_PX = 20;
/** Around the three columns of a line: its ends, the gaps between, a scroll bar. */
const AROUND_PX = 54;
const CLASSES: readonly (readonly [number, string])[] = [
  [BYTE_SELECTED, "selected"],
  [BYTE_CRC, "crc"],
  [BYTE_FAULT, "fault"],
  [BYTE_HIT, "hit"],
  [BYTE_CARET, "caret"],
];

export interface HexViewProps {
  readonly bytes: Uint8Array;
  /** Where the first byte stands, for the numbers at the left. */
  readonly baseOffset: number;
  readonly marks: readonly ByteMark[];
  /** The byte that the keyboard is on, in `bytes`; -1 for none. */
  readonly caret: number;
  onCaret(offset: number, extend: boolean): void;
}

/** The bytes of a frame, as wide as the pane has room for: 32, 16 or 8 a line. */
export function HexView({ bytes, baseOffset, marks, caret, onCaret }: HexViewProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const [lineBytes, setLineBytes] = useState(16);
  // As wide as the largest of them: in most captures that leaves room for twice as many bytes.
  const offsetColumns = hexOffset(baseOffset + bytes.length).length;
  useEffect(() => {
    const measure = (): void => {
      // Told of its last size once more when the pane is taken away.
      if (probe.current === null || box.current === null) return;
      const columnPx = probe.current.getBoundingClientRect().width / 10;
      const columns = (box.current.clientWidth - AROUND_PX) / columnPx - offsetColumns;
      // Two digits, a space and a character each.
      setLineBytes([32, 16].find((count) => count * 4 - 1 <= columns) ?? 8);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [offsetColumns]);
  const onKey = (event: KeyboardEvent): boolean => {
    const step = stepOf(event, lineBytes);
    if (step === undefined || bytes.length === 0) return false;
    onCaret(Math.max(0, Math.min(bytes.length - 1, Math.max(caret, 0) + step)), event.shiftKey);
    return true;
  };
  const all = caret < 0 ? marks : [...marks, { start: caret, end: caret + 1, mark: BYTE_CARET }];
  return h(
    "div",
    { class: "hex-box", ref: box },
    h("span", { class: "hex-probe mono", ref: probe, "aria-hidden": "true" }, "0000000000"),
    h(VirtualRows, {
      id: "bytes",
      role: "grid",
      label: "Bytes",
      class: "hex",
      rows: Math.ceil(bytes.length / lineBytes),
      rowPx: ROW_PX,
      columns: 3,
      active: caret < 0 ? -1 : Math.floor(caret / lineBytes),
      onMove: (row) => onCaret(Math.min(bytes.length - 1, row * lineBytes), false),
      onKey,
      renderRow: (row, style) => {
        const start = row * lineBytes;
        const line = bytes.subarray(start, start + lineBytes);
        const label = hexOffset(baseOffset + start, offsetColumns);
        return HexRow({ row, style, start, label, line, lineBytes, marks: all, onCaret });
      },
      empty: "No bytes.",
    }),
  );
}

function stepOf(event: KeyboardEvent, lineBytes: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -lineBytes,
    ArrowDown: lineBytes,
  };
  return steps[event.key];
}

interface HexRowProps {
  readonly row: number;
  readonly style: { readonly top: string; readonly height: string };
  readonly start: number;
  /** Its offset, as wide as all of them. */
  readonly label: string;
  readonly line: Uint8Array;
  readonly lineBytes: number;
  readonly marks: readonly ByteMark[];
  onCaret(offset: number, extend: boolean): void;
}

function HexRow({ row, style, start, label, line, lineBytes, marks, onCaret }: HexRowProps): JSX.Element {
  const runs = hexRuns(line, start, marks);
  // Fonts are monospaced: which byte was meant follows from the place in the cell.
  const onClick =
    (columnsPerByte: number) =>
    (event: MouseEvent): void => {
      const cell = (event.currentTarget as Element).getBoundingClientRect();
      const share = (event.clientX - cell.left) / cell.width;
      const columns = lineBytes * columnsPerByte - (columnsPerByte - 1);
      const at = Math.floor((share * columns) / columnsPerByte);
      onCaret(start + Math.max(0, Math.min(line.length - 1, at)), event.shiftKey);
    };
  return h(
    "div",
    { key: row, id: `bytes-${row}`, role: "row", "aria-rowindex": row + 1, class: "row hex-row", style },
    h("span", { role: "rowheader", class: "hex-offset" }, label),
    h(
      "span",
      { role: "gridcell", class: "hex-bytes", style: { width: `${lineBytes * 3 - 1}ch` }, onMouseDown: onClick(3) },
      runs.map((run, at) => [
        at > 0 ? h("span", { class: run.joins ? classesOf(run.marks) : "" }, " ") : "",
        spanOf(run, run.hex),
      ]),
    ),
    h(
      "span",
      { role: "gridcell", class: "hex-text", style: { width: `${lineBytes}ch` }, onMouseDown: onClick(1) },
      runs.map((run) => spanOf(run, run.text)),
    ),
  );
}

function spanOf(run: HexRun, text: string): JSX.Element | string {
  return run.marks === 0 ? text : h("span", { class: classesOf(run.marks) }, text);
}

function classesOf(marks: number): string {
  return CLASSES.filter(([mark]) => (marks & mark) !== 0)
    .map(([, name]) => `b-${name}`)
    .join(" ");
}
