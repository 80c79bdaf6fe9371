import fc from "fast-check";
import { expect, test } from "vitest";
import { ScrollMap } from "../../web/view/scroll_map.ts";

const rowPx = 22;

function mapOf(rows: number, viewportPx = 440): ScrollMap {
  const map = new ScrollMap(rowPx);
  map.resize(rows, viewportPx);
  return map;
}

test("a short list is its element", () => {
  const map = mapOf(1_000);
  expect(map.heightPx).toBe(22_000);
  map.scrolled(220);
  expect(map.firstRow).toBe(10);
  expect(map.settle()).toBe(220);
});

test("an element stays under what browsers cut, and both ends of the list are reached", () => {
  const map = mapOf(5_000_000);
  expect(map.heightPx).toBeLessThan(16_000_000);
  map.scrolled(map.heightPx - 440);
  expect(map.firstRow + map.pageRows).toBe(5_000_000);
  map.scrolled(0);
  expect(map.firstRow).toBe(0);
});

test("a wheel moves a mapped list by its own pixels, the thumb by its share", () => {
  const map = mapOf(5_000_000);
  map.scrolled(4_000_000);
  const before = map.topPx;
  map.scrolled(4_000_100);
  expect(map.topPx - before).toBe(100);
  map.scrolled(6_000_000);
  expect(map.topPx).toBeGreaterThan(before + 20_000_000);
});

test("every row of any list can be brought into view and stays there when the element answers", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 30, max: 2_000 }),
      (rows, part, viewportPx) => {
        const map = mapOf(rows, viewportPx);
        const row = Math.min(rows - 1, Math.floor(part * rows));
        const scrollTop = map.moveTo(map.topOf(row));
        expect(map.shows(row)).toBe(true);
        expect(scrollTop).toBeLessThanOrEqual(Math.max(0, map.heightPx - viewportPx));
        map.scrolled(scrollTop);
        expect(map.shows(row)).toBe(true);
      },
    ),
  );
});

test("exact steps that add up are noticed before the thumb reaches an end too early", () => {
  const map = mapOf(5_000_000);
  let scrollTop = map.moveTo(30_000_000);
  const startPx = map.topPx;
  let settled = 0;
  for (let step = 1; step <= 2_000; step++) {
    scrollTop -= 100;
    map.scrolled(scrollTop);
    expect(map.topPx).toBe(startPx - step * 100);
    if (map.hasDrifted) {
      scrollTop = map.settle();
      settled++;
    }
  }
  expect(settled).toBeGreaterThan(0);
});
