import type { CaptureFormat } from "../../src/inspect/capture_format.ts";
import { Cancelled, type WorkerClient } from "../worker_client.ts";
import type { CaptureProgress, FieldLine, OpenAsk, RowView, Severity } from "../worker_messages.ts";
import { LiveTap } from "./live_tap.ts";
import { EMPTY_PAGE, type PageState } from "./page_state.ts";
import { RowCache } from "./row_cache.ts";

/** Captures that may be open at once: each has an index of 30 bytes a frame. */
export const MAX_CAPTURES = 16;

/** A byte to go to, or -1, in the frame or in what it has compressed. */
interface BytePlace {
  readonly start: number;
  readonly of: "frame" | "content";
}

/**
 * What is on the page and what can be done to it. Views show `state` and call methods; nothing of the page is kept elsewhere
 * except what a view alone needs (what is folded, where it is scrolled to).
 */
export class Inspector {
  readonly client: WorkerClient;
  readonly rows: RowCache;
  readonly tap: LiveTap = new LiveTap(this);
  #state: PageState = EMPTY_PAGE;
  #onChange: () => void = () => {};
  /** How each capture was opened, to read it again as something else. */
  readonly #asks = new Map<number, OpenAsk>();
  /** The row that a detail is asked for, and the one to ask for next. */
  #asked: number | undefined;
  /** The byte of that row to go to. */
  #askedByte: BytePlace = { start: -1, of: "frame" };
  /** Ends with the last step from problem to problem. */
  #steps: Promise<void> = Promise.resolve();

  constructor(client: WorkerClient) {
    this.client = client;
    this.rows = new RowCache(
      (first, count) => client.call("rows", { capture: this.#state.current ?? -1, first, count }),
      () => this.#onChange(),
    );
    client.onCapture = (progress) => this.#takeProgress(progress);
    client.onBroken = (message) => this.notify("error", `the worker stopped: ${message}; reload the page`);
  }

  get state(): PageState {
    return this.#state;
  }

  /** The capture that is shown. */
  get capture(): CaptureProgress | undefined {
    return this.#state.captures.find(({ capture }) => capture === this.#state.current);
  }

  /** The row that a person went to last: it may still be on its way. */
  get wantedRow(): number {
    return this.#asked ?? this.#state.row;
  }

  /** The fields that are shown: of the frame as it was edited, where it was. */
  get fields(): readonly FieldLine[] {
    return this.#state.editing?.view.fields ?? this.#state.view?.fields ?? [];
  }

  /** The bytes that the hex view shows. */
  get bytes(): Uint8Array | undefined {
    const { editing, view, bytesOf } = this.#state;
    const shown = editing?.view ?? view;
    return bytesOf === "content" ? (shown?.content ?? shown?.bytes) : shown?.bytes;
  }

  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  set(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange();
  }

  notify(severity: Severity, text: string): void {
    this.set({ notice: { severity, text } });
  }

  /** Tells of what failed, except of what was cancelled. */
  failed(error: unknown): void {
    if (!(error instanceof Cancelled)) this.notify("error", error instanceof Error ? error.message : String(error));
  }

  /** Opens captures and shows the first of them, whose number it gives. */
  async open(asks: readonly OpenAsk[]): Promise<number | undefined> {
    const room = MAX_CAPTURES - this.#state.captures.length;
    if (asks.length > room) this.notify("warning", `${MAX_CAPTURES} captures are open at most; the rest was left out`);
    let first: number | undefined;
    for (const ask of asks.slice(0, room)) {
      try {
        const { capture } = await this.client.call("open", ask);
        this.#asks.set(capture, ask);
        first ??= capture;
        if (first === capture) this.show(capture);
      } catch (error) {
        this.failed(error);
      }
    }
    return first;
  }

  /** Shows another of the open captures. */
  show(capture: number): void {
    this.rows.refresh(true);
    const { captures } = this.#state;
    const { tab, side, live, compared, replay, replaySender, isReplaying, timeSender } = this.#state;
    const kept = { tab, side, live, compared, replay, replaySender, isReplaying, timeSender };
    this.set({ ...EMPTY_PAGE, ...kept, captures, current: capture });
    this.#selectFirst();
  }

  async close(capture: number): Promise<void> {
    if (this.#state.live?.capture === capture) this.tap.stop();
    const captures = this.#state.captures.filter((one) => one.capture !== capture);
    this.set({ captures, replay: this.#state.replay?.capture === capture ? undefined : this.#state.replay });
    if (this.#state.current === capture) {
      const next = captures[0]?.capture;
      if (next === undefined) this.set(EMPTY_PAGE);
      else this.show(next);
    }
    this.#asks.delete(capture);
    await this.client.call("close", { capture });
  }

  /** Goes to a line of the list. */
  async selectPosition(position: number): Promise<void> {
    this.#pauseBefore(position);
    this.set({ position });
    const known = this.rows.get(position);
    if (known !== undefined) return this.#showRow(known.row);
    const capture = this.#state.current;
    if (capture === undefined) return;
    const [line] = await this.client.call("rows", { capture, first: position, count: 1 });
    if (line !== undefined && this.#state.position === position) await this.#showRow(line.row);
  }

  /** Goes to a row, whether the list shows it or not. */
  async goToRow(row: number, start = -1, bytesOf: BytePlace["of"] = "frame"): Promise<void> {
    const capture = this.#state.current;
    if (capture === undefined || row < 0) return;
    const position = await this.client.call("positionOf", { capture, row });
    if (position < 0 && this.#state.filter !== "") this.notify("note", "the filter hides this frame");
    this.#pauseBefore(position);
    this.set({ position });
    await this.#showRow(row, start, bytesOf);
  }

  async goToOffset(offset: number): Promise<void> {
    const capture = this.#state.current;
    if (capture === undefined) return;
    const place = await this.client.call("rowAt", { capture, offset });
    if (place === null) return this.notify("warning", `no frame holds byte ${offset}`);
    await this.goToRow(place.row, place.start);
  }

  /** Reads the capture that is shown as something else. */
  async reopen(format: CaptureFormat): Promise<void> {
    const { current } = this.#state;
    const ask = current === undefined ? undefined : this.#asks.get(current);
    if (current === undefined || ask === undefined) return;
    await this.close(current);
    await this.open([{ ...ask, format }]);
  }

  async toggle(position: number): Promise<void> {
    const capture = this.#state.current;
    if (capture !== undefined) await this.client.call("toggle", { capture, position });
  }

  /** One after the other: a key that is held down goes on from where the last one led. */
  nextProblem(step: 1 | -1): Promise<void> {
    const stepped = this.#steps.then(() => this.#stepToProblem(step));
    this.#steps = stepped.catch(() => {});
    return stepped;
  }

  async #stepToProblem(step: 1 | -1): Promise<void> {
    const { current } = this.#state;
    if (current === undefined) return;
    const row = this.wantedRow;
    const next = await this.client.call("nextProblem", { capture: current, row, step });
    if (next < 0) this.notify("note", step > 0 ? "no problem after this one" : "no problem before this one");
    else await this.goToRow(next);
  }

  /** A line of the field tree: its bytes are marked. */
  selectField(field: number): void {
    const line = this.fields[field];
    if (line === undefined) return;
    this.set({ field, bytesOf: line.of, caret: line.start, anchor: line.start });
  }

  /** A byte: the innermost field that it belongs to is marked. */
  selectByte(caret: number, extend: boolean): void {
    const { bytesOf, anchor } = this.#state;
    const at = extend ? this.#state.field : fieldAt(this.fields, bytesOf, caret);
    this.set({ caret, anchor: extend && anchor >= 0 ? anchor : caret, field: at });
  }

  pick(row: number): void {
    const picked = new Set(this.#state.picked);
    if (!picked.delete(row) && row >= 0) picked.add(row);
    this.set({ picked });
  }

  async #showRow(row: number, start = -1, of: BytePlace["of"] = "frame"): Promise<void> {
    if (row < 0) return this.set({ row, view: undefined, field: -1, caret: -1, editing: undefined });
    const isBusy = this.#asked !== undefined;
    this.#asked = row;
    this.#askedByte = { start, of };
    // The one under way sees that another was asked for.
    if (isBusy) return;
    try {
      for (let wanted: number | undefined = row; wanted !== undefined; ) {
        const capture = this.#state.current;
        if (capture === undefined) return;
        const view: RowView = await this.client.call("detail", { capture, row: wanted });
        const isLast: boolean = this.#asked === wanted;
        if (isLast && this.#state.current === capture) this.#showView(view, this.#askedByte);
        wanted = isLast ? undefined : this.#asked;
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.#asked = undefined;
    }
  }

  #showView(view: RowView, { start, of }: BytePlace): void {
    const side = view.problems.length > 0 && view.fields.length === 0 ? "problems" : this.#state.side;
    this.set({
      row: view.row,
      view,
      field: -1,
      caret: -1,
      anchor: -1,
      bytesOf: of,
      editing: undefined,
      side: side === "table" && view.table === undefined ? "fields" : side,
    });
    if (start >= 0) this.selectByte(start, false);
  }

  #takeProgress(progress: CaptureProgress): void {
    const others = this.#state.captures;
    const before = others.find(({ capture }) => capture === progress.capture);
    const captures =
      before === undefined ? [...others, progress] : others.map((one) => (one === before ? progress : one));
    if (progress.capture === this.#state.current) {
      if (before?.edition !== progress.edition) this.rows.refresh(false);
      else if (before.listRows !== progress.listRows) this.rows.refresh(false);
    }
    this.set({ captures });
    if (progress.capture === this.#state.current) this.#follow(progress);
  }

  /** A watched server's list stays at its end, until somebody pauses it. */
  #follow({ capture, listRows }: CaptureProgress): void {
    const { live, position } = this.#state;
    if (live?.capture !== capture || live.isPaused || live.state !== "open") this.#selectFirst();
    else if (position !== listRows - 1) this.selectPosition(listRows - 1).catch((error) => this.failed(error));
  }

  /** Who looks at an earlier frame of a watched server wants to stay there. */
  #pauseBefore(position: number): void {
    const { live, current } = this.#state;
    const isFollowing = live?.state === "open" && !live.isPaused && live.capture === current;
    if (isFollowing && position < (this.capture?.listRows ?? 0) - 1) this.tap.pause(true);
  }

  #selectFirst(): void {
    const rows = this.capture?.listRows ?? 0;
    if (this.#state.position < 0 && rows > 0) this.selectPosition(0).catch((error) => this.failed(error));
  }
}

/** The innermost field that holds a byte, or -1. */
export function fieldAt(fields: readonly FieldLine[], of: FieldLine["of"], at: number): number {
  let found = -1;
  let foundBytes = Number.POSITIVE_INFINITY;
  // Groups can overlap: the fields of one record stand far apart where records lie in columns.
  fields.forEach((field, line) => {
    const bytes = field.end - field.start;
    if (field.of !== of || at < field.start || at >= field.end || bytes > foundBytes) return;
    found = line;
    foundBytes = bytes;
  });
  return found;
}
