import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbox, type OutboxEntry } from "../../src/agent/outbox.ts";

const OVERHEAD = 512;

function entry(id: number, payloadBytes = 100): OutboxEntry {
  const snapshotId = new Uint8Array(16);
  new DataView(snapshotId.buffer).setUint32(0, id);
  return { snapshotId, payload: new Uint8Array(payloadBytes), processes: 1, sampledAtMs: id };
}

function idOf({ snapshotId }: OutboxEntry): number {
  return new DataView(snapshotId.buffer).getUint32(0);
}

describe("outbox", () => {
  test("gives what waits in order, once", () => {
    const outbox = new Outbox(10_000);
    for (const id of [1, 2, 3]) expect(outbox.add(entry(id))).toEqual([]);
    expect([1, 2, 3, 4].map(() => outbox.takeWaiting()?.sampledAtMs)).toEqual([1, 2, 3, undefined]);
    expect(outbox.size).toBe(3);
  });

  test("holds until removed, and counts what it holds", () => {
    const outbox = new Outbox(10_000);
    outbox.add(entry(1, 88));
    outbox.takeWaiting();
    expect(outbox.bytes).toBe(88 + OVERHEAD);
    expect(outbox.remove(entry(1).snapshotId)?.sampledAtMs).toBe(1);
    expect(outbox.remove(entry(1).snapshotId)).toBeUndefined();
    expect([outbox.size, outbox.bytes]).toEqual([0, 0]);
  });

  test("drops the oldest that waits before one in flight", () => {
    const outbox = new Outbox(3 * (100 + OVERHEAD));
    for (const id of [1, 2, 3]) outbox.add(entry(id));
    outbox.takeWaiting();
    const dropped = outbox.add(entry(4));
    expect(dropped.map((drop) => [idOf(drop.entry), drop.inFlight])).toEqual([[2, false]]);
  });

  test("drops one in flight when none else is left, and says so", () => {
    const outbox = new Outbox(2 * (100 + OVERHEAD));
    for (const id of [1, 2]) outbox.add(entry(id));
    outbox.takeWaiting();
    outbox.takeWaiting();
    expect(outbox.add(entry(3)).map((drop) => [idOf(drop.entry), drop.inFlight])).toEqual([[1, true]]);
    expect(outbox.size).toBe(2);
  });

  test("does not empty itself for one that would never fit", () => {
    const outbox = new Outbox(5_000);
    outbox.add(entry(1));
    expect(outbox.add(entry(2, 5_000)).map((drop) => idOf(drop.entry))).toEqual([2]);
    expect(outbox.size).toBe(1);
  });

  test("counts the whole buffer that a payload keeps alive", () => {
    const outbox = new Outbox(100_000);
    outbox.add({ ...entry(1), payload: new Uint8Array(4_096).subarray(0, 10) });
    expect(outbox.bytes).toBe(4_096 + OVERHEAD);
  });

  test("is never over its bound, forgets nothing silently, and keeps order", () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ type: fc.constant("add" as const), bytes: fc.integer({ min: 1, max: 3_000 }) }),
      },
      { weight: 3, arbitrary: fc.record({ type: fc.constant("take" as const) }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant("remove" as const), nth: fc.nat(20) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1_000, max: 12_000 }), (steps, maxBytes) => {
        const outbox = new Outbox(maxBytes);
        const held = new Map<number, OutboxEntry>();
        let nextId = 0;
        let lastTaken = -1;
        for (const action of steps) {
          if (action.type === "add") {
            const added = entry(nextId++, action.bytes);
            held.set(idOf(added), added);
            for (const drop of outbox.add(added)) expect(held.delete(idOf(drop.entry))).toBe(true);
          } else if (action.type === "take") {
            const taken = outbox.takeWaiting();
            if (taken === undefined) continue;
            expect(idOf(taken)).toBeGreaterThan(lastTaken);
            expect(held.has(idOf(taken))).toBe(true);
            lastTaken = idOf(taken);
          } else {
            const [id, chosen] = [...held][action.nth % Math.max(1, held.size)] ?? [];
            if (chosen === undefined) continue;
            expect(outbox.remove(chosen.snapshotId)).toBe(chosen);
            held.delete(id!);
          }
          expect(outbox.size).toBe(held.size);
          expect(outbox.bytes).toBe(
            [...held.values()].reduce((sum, { payload }) => sum + payload.length + OVERHEAD, 0),
          );
          expect(outbox.bytes).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });
});
