import { describe, expect, test } from "vitest";
import { entryOf, fileOf, quiet, range, rowsOf, SpoolUnderTest } from "./spool_fixture.ts";

describe("limits", () => {
  test("over its bytes the oldest go, each told, one file of an eighth at a time", async () => {
    const under = await SpoolUnderTest.open({ maxBytes: 1_048_576 });
    const dropped: number[] = [];
    for (const n of range(0, 400)) {
      dropped.push(...(await under.add([n], 6_000)), ...under.droppedNumbers());
      expect(under.spool.fileBytes).toBeLessThanOrEqual(1_048_576);
    }
    expect(dropped).toEqual(range(0, dropped.length));
    expect(under.spool.size).toBe(400 - dropped.length);
    expect(under.spool.fileBytes).toBeGreaterThan(750_000);
    await under.reopen();
    expect(await under.sendAll()).toEqual(range(dropped.length, 400));
  });

  test("or the newest, when that is asked for", async () => {
    const under = await SpoolUnderTest.open({ maxBytes: 1_048_576, drop: "newest" });
    const dropped = await under.add(range(0, 400), 6_000);
    expect(dropped).toEqual(range(400 - dropped.length, 400));
    expect(dropped.length).toBeGreaterThan(200);
    expect(under.spool.fileBytes).toBeLessThanOrEqual(1_048_576);
    expect(await under.sendAll()).toEqual(range(0, 400 - dropped.length));
    expect(await under.add([999])).toEqual([]);
  });

  test("what is in flight is told to be so when it goes", async () => {
    const under = await SpoolUnderTest.open({ maxBytes: 1_048_576 });
    await under.add(range(0, 10), 6_000);
    expect(under.take()).toHaveLength(10);
    await under.add(range(10, 300), 6_000);
    const flying = under.told().filter((news) => news.type === "dropped" && news.dropped.inFlight);
    expect(flying).toHaveLength(10);
  });

  test("nothing that is too old is sent, and old files go", async () => {
    const under = await SpoolUnderTest.open({ maxAgeMs: 60_000 });
    for (const n of range(0, 20)) {
      under.nowMs = n * 10_000;
      await under.add([n]);
    }
    // 12 is 70 s old at 190 s.
    const dropped = under.droppedNumbers();
    const sent = await under.sendAll();
    expect(sent).toEqual(range(13, 20));
    expect([...dropped, ...under.droppedNumbers()]).toEqual(range(0, 13));
    under.nowMs += 1e6;
    await under.add([99]);
    expect(under.disk.files.size).toBeLessThanOrEqual(2);
  });

  test("a snapshot that would never fit is dropped alone", async () => {
    const under = await SpoolUnderTest.open({ maxBytes: 1_048_576 });
    await under.add([1]);
    expect(await under.add([2], 1_100_000)).toEqual([2]);
    expect(await under.sendAll()).toEqual([1]);
  });

  test("what a full disk does not take is in memory, bounded, and sent all the same", async () => {
    const under = await SpoolUnderTest.open({ memoryBytes: 100_000 });
    under.disk.capacityBytes = 20_000;
    const dropped = await under.add(range(0, 40), 6_000);
    expect(dropped.length).toBeGreaterThan(15);
    expect(under.spool.heldBytes).toBeLessThan(220_000);
    expect(under.spool.size).toBe(40 - dropped.length);
    under.disk.capacityBytes = Number.POSITIVE_INFINITY;
    under.spool.onTimeout(under.spool.nextTimeoutMs()!);
    await quiet();
    await under.reopen();
    expect(await under.sendAll()).toEqual(range(0, 40).filter((n) => !dropped.includes(n)));
  });
});

describe("quarantine", () => {
  test("keeps what was refused aside, with the reason, before it lets it go", async () => {
    const under = await SpoolUnderTest.open();
    await under.add([1, 2]);
    under.take();
    under.spool.remove(entryOf(1).snapshotId, { errorName: "PAYLOAD_TOO_LARGE", detail: "too much" });
    await under.add([3]);
    expect(under.told().map(({ type }) => type)).toContain("quarantined");
    const [snapshot, ack] = rowsOf(fileOf(under.disk, "refused-"));
    expect(snapshot).toMatchObject({ type: "snapshot" });
    expect(ack).toMatchObject({ type: "ack", payload: { status: 2, errorCode: 10, detail: "too much" } });
    await under.reopen();
    expect(await under.sendAll()).toEqual([2, 3]);
  });

  test("is bounded: the oldest make room", async () => {
    const under = await SpoolUnderTest.open();
    for (const n of range(0, 60)) {
      await under.add([n], 200_000);
      under.take();
      under.spool.remove(entryOf(n).snapshotId, { errorName: "PAYLOAD_MALFORMED", detail: "" });
      await quiet();
    }
    const refused = [...under.disk.files].filter(([name]) => name.startsWith("refused-"));
    const bytes = refused.reduce((sum, [, { length }]) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(8 * 1_048_576);
    expect(bytes).toBeGreaterThan(6 * 1_048_576);
    expect(under.spool.size).toBe(0);
  });
});
