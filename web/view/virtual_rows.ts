import { Component, type ComponentChild, createRef, h, type JSX } from "preact";
import { ScrollMap } from "./scroll_map.ts";

/** Rows drawn above and below of what is seen, so that a small step shows no gap. */
const OVERSCAN_ROWS = 4;
/** After this long without a scroll event the thumb of a mapped list is put in its place. */
const SETTLE_DELAY_MS = 140;
/** What a wheel's line is worth, px; browsers that count in lines mean about this. */
const WHEEL_LINE_PX = 40;

export interface VirtualRowsProps {
  readonly id: string;
  readonly role: "grid" | "treegrid" | "tree" | "listbox";
  readonly label: string;
  readonly rows: number;
  readonly rowPx: number;
  /** The row that the keyboard is on, or -1. Its element has the id `<id>-<row>`. */
  readonly active: number;
  readonly columns?: number;
  readonly class?: string;
  /** Draws one row. Its element must take `style`, and the id `<id>-<row>`. */
  renderRow(row: number, style: { readonly top: string; readonly height: string }): JSX.Element;
  /** What is shown in place of rows when there are none. */
  readonly empty?: ComponentChild;
  /** The keyboard or a click went to a row. */
  onMove(row: number): void;
  /** A key that moves nowhere; true if it was used. */
  onKey?(event: KeyboardEvent): boolean;
  /** Which rows are drawn now. */
  onRange?(first: number, count: number): void;
}

/**
 * A list of any length whose rows are drawn only where they are seen. Rows stand in a layer that sticks to the viewport, so
 * that a fast scroll never shows an empty list; the keyboard goes by `aria-activedescendant`.
 */
export class VirtualRows extends Component<VirtualRowsProps> {
  readonly #map: ScrollMap = new ScrollMap(this.props.rowPx);
  readonly #element = createRef<HTMLDivElement>();
  #observer: ResizeObserver | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #viewportPx = 0;
  #range = "";

  override componentDidMount(): void {
    const element = this.#element.current!;
    this.#observer = new ResizeObserver(() => this.#measure());
    this.#observer.observe(element);
    element.addEventListener("wheel", this.#onWheel, { passive: false });
    this.#measure();
  }

  override componentDidUpdate(before: Readonly<VirtualRowsProps>): void {
    const { rows, active } = this.props;
    const reveal = (): void => {
      if (before.active !== active && active >= 0 && active < rows) this.reveal(active);
    };
    if (before.rows === rows) reveal();
    else this.#measure(reveal);
    this.#reportRange();
  }

  override componentWillUnmount(): void {
    this.#observer?.disconnect();
    clearTimeout(this.#timer);
  }

  /** Brings a row into view: just in if it is near, to the middle if it is far. */
  reveal(row: number): void {
    if (this.#map.shows(row)) return;
    const isNear = Math.abs(row - this.#map.firstRow) < this.#map.pageRows * 2;
    this.#scrollTo(this.#map.moveTo(isNear ? this.#map.topOf(row) : this.#map.middleOf(row)));
    this.forceUpdate();
  }

  /** Puts the keyboard on the list. */
  focus(): void {
    this.#element.current?.focus();
  }

  override render(): JSX.Element {
    const { id, role, label, rows, rowPx, active, columns, empty } = this.props;
    const { first, count } = this.#drawn();
    const isGrid = role === "grid" || role === "treegrid";
    const drawn: JSX.Element[] = [];
    for (let row = first; row < first + count; row++) {
      const top = `${row * rowPx - this.#map.topPx}px`;
      drawn.push(this.props.renderRow(row, { top, height: `${rowPx}px` }));
    }
    const isActiveDrawn = active >= first && active < first + count;
    return h(
      "div",
      {
        ref: this.#element,
        id,
        role: rows === 0 ? "region" : role,
        "aria-label": label,
        "aria-rowcount": isGrid && rows > 0 ? rows : undefined,
        "aria-colcount": isGrid && rows > 0 ? columns : undefined,
        "aria-activedescendant": isActiveDrawn ? `${id}-${active}` : undefined,
        tabIndex: 0,
        class: `rows ${this.props.class ?? ""}`,
        onScroll: this.#onScroll,
        onKeyDown: this.#onKeyDown,
      },
      rows === 0
        ? h("div", { class: "rows-empty" }, empty)
        : h(
            "div",
            { class: "rows-space", role: "presentation", style: { height: `${this.#map.heightPx}px` } },
            h("div", { class: "rows-layer", role: "presentation", style: { height: `${this.#viewportPx}px` } }, drawn),
          ),
    );
  }

  #drawn(): { readonly first: number; readonly count: number } {
    const { rows, rowPx } = this.props;
    const first = Math.max(0, this.#map.firstRow - OVERSCAN_ROWS);
    const seen = Math.ceil(this.#viewportPx / rowPx) + 1 + 2 * OVERSCAN_ROWS;
    return { first: Math.min(first, rows), count: Math.max(0, Math.min(seen, rows - first)) };
  }

  #reportRange(): void {
    const { first, count } = this.#drawn();
    const range = `${first} ${count} ${this.props.rows}`;
    if (range === this.#range) return;
    this.#range = range;
    this.props.onRange?.(first, count);
  }

  #measure(then: () => void = () => {}): void {
    const element = this.#element.current;
    if (element === null) return;
    this.#viewportPx = element.clientHeight;
    const scrollTop = this.#map.resize(this.props.rows, this.#viewportPx);
    // The element has its new height only after it is drawn.
    this.setState({}, () => {
      this.#scrollTo(scrollTop);
      then();
    });
  }

  #scrollTo(scrollTop: number): void {
    const element = this.#element.current;
    if (element !== null && element.scrollTop !== scrollTop) element.scrollTop = scrollTop;
  }

  readonly #onScroll = (): void => {
    const { scrollTop } = this.#element.current!;
    this.#map.scrolled(scrollTop);
    if (this.#map.hasDrifted) this.#scrollTo(this.#map.settle());
    clearTimeout(this.#timer);
    if (this.#map.isMapped) this.#timer = setTimeout(() => this.#scrollTo(this.#map.settle()), SETTLE_DELAY_MS);
    this.forceUpdate();
  };

  /** In a mapped list a wheel's pixels are the list's, not the thumb's. */
  readonly #onWheel = (event: WheelEvent): void => {
    if (!this.#map.isMapped || event.ctrlKey || event.deltaY === 0) return;
    event.preventDefault();
    const unitPx = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? WHEEL_LINE_PX : this.#viewportPx;
    this.#scrollTo(this.#map.moveTo(this.#map.topPx + event.deltaY * unitPx));
    this.forceUpdate();
  };

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey || (event.ctrlKey && event.key !== "Home" && event.key !== "End")) return;
    if (this.props.onKey?.(event) === true) {
      event.preventDefault();
      return;
    }
    const target = this.#targetOf(event.key);
    if (target === undefined || this.props.rows === 0) return;
    event.preventDefault();
    this.props.onMove(Math.max(0, Math.min(this.props.rows - 1, target)));
  };

  #targetOf(key: string): number | undefined {
    const { active, rows } = this.props;
    switch (key) {
      case "ArrowDown":
        return active + 1;
      case "ArrowUp":
        return active - 1;
      case "PageDown":
        return active + this.#map.pageRows;
      case "PageUp":
        return active - this.#map.pageRows;
      case "Home":
        return 0;
      case "End":
        return rows - 1;
      default:
        return undefined;
    }
  }
}
