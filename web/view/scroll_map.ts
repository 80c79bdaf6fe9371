/**
 * Browsers cut an element's height off: Chromium near 33.5, Firefox near 17.9, older engines near 16 million px. A list that
 * is higher is shown in an element of this height, and its scroll position is mapped.
 */
const MAX_HEIGHT_PX = 8_000_000;
/** Scrolling by less than this many viewports is a wheel, a finger or a key and moves exactly; more is the thumb being drawn. */
const EXACT_VIEWPORTS = 1.5;
/** How far the thumb may be from its true place before it is put right while something scrolls. */
const MAX_DRIFT_PX = 40_000;

/**
 * Maps the scroll position of an element to rows of a list of any length. `topPx` is the true distance of the viewport
 * from the top of the list; `scrollTop` is what the element has. They are the same until the list is higher than an
 * element may be. Pure: the view sets and reads the element.
 *
 * @example
 * ```ts
 * const map = new ScrollMap(22);
 * map.resize(5_000_000, 440);
 * map.heightPx; // 8,000,000
 * map.moveTo(map.topOf(4_999_999)); // the scrollTop that shows the last row
 * ```
 */
export class ScrollMap {
  readonly rowPx: number;
  #rows = 0;
  #viewportPx = 0;
  #topPx = 0;
  #scrollTop = 0;

  /** @param rowPx height of every row, px */
  constructor(rowPx: number) {
    this.rowPx = rowPx;
  }

  /** The element's height, px. */
  get heightPx(): number {
    return Math.min(this.#rows * this.rowPx, MAX_HEIGHT_PX);
  }

  /** True distance of the viewport from the top of the list, px. */
  get topPx(): number {
    return this.#topPx;
  }

  /** True when the element is lower than the list. */
  get isMapped(): boolean {
    return this.#rows * this.rowPx > MAX_HEIGHT_PX;
  }

  get firstRow(): number {
    return Math.floor(this.#topPx / this.rowPx);
  }

  /** Rows that a viewport shows whole, at least one. */
  get pageRows(): number {
    return Math.max(1, Math.floor(this.#viewportPx / this.rowPx));
  }

  /** Takes another length of the list or height of the viewport; returns the scrollTop to set. */
  resize(rows: number, viewportPx: number): number {
    this.#rows = rows;
    this.#viewportPx = viewportPx;
    return this.moveTo(this.#topPx);
  }

  /** The element was scrolled. */
  scrolled(scrollTop: number): void {
    const delta = scrollTop - this.#scrollTop;
    this.#scrollTop = scrollTop;
    if (!this.isMapped) {
      this.#topPx = scrollTop;
    } else if (scrollTop <= 0) {
      this.#topPx = 0;
    } else if (scrollTop >= this.#maxScrollTop) {
      this.#topPx = this.#maxTopPx;
    } else if (Math.abs(delta) <= this.#viewportPx * EXACT_VIEWPORTS) {
      this.#topPx = this.#clamped(this.#topPx + delta);
    } else {
      this.#topPx = this.#clamped(scrollTop * this.#ratio);
    }
  }

  /** Moves the viewport; returns the scrollTop to set. */
  moveTo(topPx: number): number {
    this.#topPx = this.#clamped(topPx);
    return this.settle();
  }

  /** The scrollTop that belongs to where the viewport is; the element's next event then says nothing new. */
  settle(): number {
    this.#scrollTop = this.isMapped ? Math.round(this.#topPx / this.#ratio) : this.#topPx;
    return this.#scrollTop;
  }

  /** True when exact steps have led the thumb so far from its place that it should be settled now. */
  get hasDrifted(): boolean {
    return this.isMapped && Math.abs(this.#scrollTop - this.#topPx / this.#ratio) > MAX_DRIFT_PX;
  }

  /** Where the viewport has to be to show a row with the least movement. */
  topOf(row: number): number {
    const startPx = row * this.rowPx;
    if (startPx < this.#topPx) return startPx;
    const lastTopPx = startPx + this.rowPx - this.#viewportPx;
    return Math.max(lastTopPx, this.#topPx);
  }

  /** Where the viewport has to be to have a row in its middle. */
  middleOf(row: number): number {
    return row * this.rowPx - (this.#viewportPx - this.rowPx) / 2;
  }

  /** True when all of a row is in the viewport. */
  shows(row: number): boolean {
    const startPx = row * this.rowPx;
    return startPx >= this.#topPx && startPx + this.rowPx <= this.#topPx + this.#viewportPx;
  }

  get #maxTopPx(): number {
    return Math.max(0, this.#rows * this.rowPx - this.#viewportPx);
  }

  get #maxScrollTop(): number {
    return Math.max(0, this.heightPx - this.#viewportPx);
  }

  get #ratio(): number {
    return this.#maxScrollTop === 0 ? 1 : this.#maxTopPx / this.#maxScrollTop;
  }

  #clamped(topPx: number): number {
    return Math.max(0, Math.min(this.#maxTopPx, topPx));
  }
}
