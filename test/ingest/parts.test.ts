import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backpressure } from "../../src/ingest/backpressure.ts";
import { DeadlineHeap, type Timed } from "../../src/ingest/deadline_heap.ts";
import { DedupeIndex } from "../../src/ingest/dedupe_index.ts";
import { Counter, gauge, prometheusText } from "../../src/ingest/mod.ts";

describe("Backpressure", () => {
  it("rises at the high watermark, step by step, and falls only at the low one", () => {
    const backpressure = new Backpressure();
    const at = (nowMs: number, fill: number): number => {
      backpressure.update(fill, undefined, nowMs);
      return backpressure.throttleDelayMs;
    };
    expect(at(0, 0.49)).toBe(0);
    expect(at(1, 0.5)).toBe(15_000);
    expect(at(2, 0.9)).toBe(15_000);
    expect(backpressure.nextMs()).toBe(10_001);
    expect(at(10_001, 0.9)).toBe(30_000);
    expect(at(30_000, 0.3)).toBe(30_000);
    expect(backpressure.nextMs()).toBeUndefined();
    expect(at(30_001, 0.25)).toBe(15_000);
    expect(at(35_000, 0)).toBe(15_000);
    expect(at(40_001, 0)).toBe(0);
    expect(backpressure.reason).toBe("");
    expect(backpressure.nextMs()).toBeUndefined();
  });

  it("never goes above its last step", () => {
    const backpressure = new Backpressure();
    for (let nowMs = 0; nowMs < 200_000; nowMs += 10_000) backpressure.update(1, undefined, nowMs);
    expect(backpressure.throttleDelayMs).toBe(120_000);
    expect(backpressure.nextMs()).toBeUndefined();
  });

  it("gives a reason that fits the message (spec §4)", () => {
    const backpressure = new Backpressure();
    backpressure.update(0, "\u{1f4a5}".repeat(500), 0);
    expect(new TextEncoder().encode(backpressure.reason).length).toBeLessThanOrEqual(256);
  });
});

describe("DeadlineHeap", () => {
  it("gives items by deadline, whatever was moved and removed", () => {
    const actions = fc.array(fc.record({ item: fc.nat(20), dueMs: fc.option(fc.nat(1_000), { nil: undefined }) }));
    fc.assert(
      fc.property(actions, (steps) => {
        const items: Timed[] = Array.from({ length: 21 }, () => ({ dueMs: 0, heapAt: -1 }));
        const heap = new DeadlineHeap<Timed>();
        const model = new Map<Timed, number>();
        for (const { item, dueMs } of steps) {
          const timed = items[item]!;
          if (dueMs === undefined) {
            heap.remove(timed);
            model.delete(timed);
          } else {
            heap.set(timed, dueMs);
            model.set(timed, dueMs);
          }
          expect(heap.size).toBe(model.size);
          expect(heap.nextMs()).toBe(model.size === 0 ? undefined : Math.min(...model.values()));
        }
        const drained: number[] = [];
        for (let due = heap.takeDue(1_000); due !== undefined; due = heap.takeDue(1_000)) drained.push(due.dueMs);
        expect(drained).toEqual([...model.values()].sort((a, b) => a - b));
      }),
    );
  });

  it("gives nothing before it is due", () => {
    const heap = new DeadlineHeap<Timed>();
    heap.set({ dueMs: 0, heapAt: -1 }, 10);
    expect(heap.takeDue(9)).toBeUndefined();
  });
});

describe("DedupeIndex", () => {
  const id = (n: number): Uint8Array => new Uint8Array(16).fill(n);

  it("forgets the agent seen longest ago, never a pinned one", () => {
    const index = new DedupeIndex(3);
    for (const [n, agentId] of ["a", "b", "c"].entries()) index.remember(agentId, id(n));
    index.pin("a");
    index.remember("b", id(9));
    index.remember("d", id(3));
    expect(index.size).toBe(3);
    expect(index.evictedAgents).toBe(1);
    expect(index.pin("a").has(id(0))).toBe(true);
    expect(index.pin("b").has(id(1))).toBe(true);
    expect(index.pin("c").has(id(2))).toBe(false);
  });

  it("keeps nothing of agents that stored nothing", () => {
    const index = new DedupeIndex(3);
    for (let i = 0; i < 10; i++) {
      index.pin(`visitor-${i}`);
      index.release(`visitor-${i}`);
    }
    expect(index.size).toBe(0);
  });
});

describe("prometheusText", () => {
  it("prints counters with and without labels, and escapes", () => {
    const drops = new Counter("drops_total", "Drops\nby \\ reason.", "reason");
    drops.add(2, 'a"b\\c\nd');
    const plain = new Counter("plain_total", "Plain.");
    plain.add();
    expect(prometheusText([drops.family(), plain.family(), gauge("up", "Up?", Number.NaN)])).toBe(
      [
        "# HELP drops_total Drops\\nby \\\\ reason.",
        "# TYPE drops_total counter",
        'drops_total{reason="a\\"b\\\\c\\nd"} 2',
        "# HELP plain_total Plain.",
        "# TYPE plain_total counter",
        "plain_total 1",
        "# HELP up Up?",
        "# TYPE up gauge",
        "up NaN",
        "",
      ].join("\n"),
    );
  });
});
