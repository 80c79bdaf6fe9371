import fc from "fast-check";
import { expect, test } from "vitest";
import { entryOf, numberOf, quiet, SpoolUnderTest } from "./spool_fixture.ts";

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("add" as const), bytes: fc.integer({ min: 1, max: 9_000 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("add" as const), bytes: fc.constant(70_000) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("send" as const), answers: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("refuse" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("kill" as const), torn: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("close" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("disk" as const), fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
);

/** What a server has: an agent may send a snapshot twice after a crash, and it must know it then (spec §6.5). */
class Server {
  readonly stored: number[] = [];
  repeats = 0;

  take(n: number): void {
    const at = this.stored.lastIndexOf(n);
    if (at < 0) {
      this.stored.push(n);
      return;
    }
    this.repeats++;
    expect(this.stored.length - at, `${n} comes again`).toBeLessThanOrEqual(1_024);
  }
}

test("whatever happens: what was told to be durable is sent, in order, or was told to be dropped or refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const under = await SpoolUnderTest.open({ maxBytes: 1_048_576, memoryBytes: 200_000 });
      const server = new Server();
      const durable = new Set<number>();
      const dropped = new Set<number>();
      /** A server refuses what it refused before: after a crash it may come again. */
      const refused = new Set<number>();
      let next = 0;
      const hear = (): void => {
        for (const news of under.told()) {
          if (news.type === "spooled") durable.add(numberOf(news));
          if (news.type === "dropped") dropped.add(numberOf(news.dropped.entry));
        }
      };
      let flying: number[] = [];
      const answer = (count: number): void => {
        for (const n of flying.splice(0, count)) {
          const refusal = refused.has(n) ? { errorName: "PAYLOAD_MALFORMED", detail: "" } : undefined;
          if (refusal === undefined) server.take(n);
          under.spool.remove(entryOf(n).snapshotId, refusal);
        }
      };
      for (const action of steps) {
        if (action.type === "add") for (const n of await under.add([next++], action.bytes)) dropped.add(n);
        else if (action.type === "send") {
          flying.push(...under.take().map(numberOf));
          answer(action.answers);
        } else if (action.type === "refuse" && flying.length > 0) {
          refused.add(flying[0]!);
          answer(1);
        } else if (action.type === "disk") under.disk.failSync = action.fails;
        else if (action.type === "wait") {
          under.nowMs += action.ms;
          under.spool.onTimeout(under.nowMs);
        } else if (action.type === "close") {
          under.disk.failSync = false;
          await under.spool.close();
          hear();
          flying = [];
          await under.reopen();
        } else if (action.type === "kill") {
          under.disk.failSync = false;
          hear();
          flying = [];
          // A write that was under way: whole frames of it or not, nobody was told of it.
          const newest = [...under.disk.files].filter(([name]) => name.startsWith("spool-")).at(-1);
          if (newest !== undefined) {
            const rubbish = new Uint8Array(action.torn).fill(1);
            under.disk.files.set(newest[0], Buffer.concat([newest[1], rubbish]));
          }
          await under.reopen();
        }
        await quiet();
        hear();
        flying = flying.filter((n) => !dropped.has(n));
        expect(under.spool.fileBytes).toBeLessThanOrEqual(1_048_576);
        expect(under.spool.heldBytes).toBeLessThan(4 * 1_048_576);
      }
      under.disk.failSync = false;
      under.nowMs += 60_000;
      under.spool.onTimeout(under.nowMs);
      await quiet();
      answer(flying.length);
      for (const n of await under.sendAll()) if (!refused.has(n)) server.take(n);
      hear();
      expect(under.spool.size).toBe(0);
      expect([...durable].filter((n) => !dropped.has(n) && !refused.has(n) && !server.stored.includes(n))).toEqual([]);
      expect(server.stored).toEqual([...server.stored].sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
}, 60_000);
