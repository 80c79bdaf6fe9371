import { describe, expect, test } from "vitest";
import { entryOf, fileOf, numberOf, quiet, range, rowsOf, SpoolUnderTest } from "./spool_fixture.ts";

describe("what a spool keeps", () => {
  test("is a capture: snapshots, and what became of them", async () => {
    const { spool, disk } = await SpoolUnderTest.open();
    for (const n of [1, 2]) spool.add(entryOf(n), 0);
    await quiet();
    for (let one = spool.takeWaiting(0); one; one = spool.takeWaiting(0)) spool.remove(one.snapshotId);
    spool.add(entryOf(3), 0);
    await quiet();
    const rows = rowsOf(fileOf(disk, "spool-"));
    expect(rows.map(({ type }) => type)).toEqual(["snapshot", "snapshot", "ack", "ack", "snapshot"]);
    const ids = rows.map(({ messageId }) => messageId);
    expect(rows[2]!["payload"]).toMatchObject({ ackedId: ids[0], status: 1 });
    expect(new Set(ids).size).toBe(5);
    expect(disk.syncs).toBeGreaterThan(0);
  });

  test("survives the end of its process, in order, without what was stored", async () => {
    const under = await SpoolUnderTest.open();
    await under.add(range(0, 20));
    for (const one of under.take().slice(0, 5)) under.spool.remove(one.snapshotId);
    await under.add([20]);
    await under.reopen();
    expect(under.spool.size).toBe(16);
    expect(await under.sendAll()).toEqual(range(5, 21));
    expect(under.spool.size).toBe(0);
    await under.spool.close();
    await under.reopen();
    expect(under.spool.size).toBe(0);
    expect(under.reports).toEqual([]);
  });

  test("says what is durable only when it is", async () => {
    const under = await SpoolUnderTest.open();
    under.disk.failSync = true;
    await under.add([1]);
    expect(under.told()).toMatchObject([{ type: "spoolFailed" }]);
    under.disk.failSync = false;
    under.spool.onTimeout(under.spool.nextTimeoutMs()!);
    await quiet();
    expect(under.told().map(({ type }) => type)).toEqual(["spooled", "spoolRecovered"]);
    expect(rowsOf(fileOf(under.disk, "spool-"))).toHaveLength(1);
  });

  test("one that is stored before the disk has taken it needs no disk", async () => {
    const under = await SpoolUnderTest.open();
    under.disk.capacityBytes = 10;
    await under.add([1, 2]);
    expect(under.take().map(numberOf)).toEqual([1, 2]);
    for (const n of [1, 2]) under.spool.remove(entryOf(n).snapshotId);
    under.disk.capacityBytes = Number.POSITIVE_INFINITY;
    under.spool.onTimeout(1e9);
    await under.reopen();
    expect(under.spool.size).toBe(0);
  });

  test("snapshots in parts come back whole", async () => {
    const under = await SpoolUnderTest.open();
    await under.add([1, 2], 200_000);
    await under.reopen();
    const [first, second] = under.take();
    expect(first!.payload).toEqual(entryOf(1, 200_000).payload);
    expect(second!.processes).toBe(1);
  });
});

describe("after a crash", () => {
  /** A file with whole, segmented and ended records. */
  async function writtenFile(): Promise<{ name: string; bytes: Uint8Array; ends: number[] }> {
    const under = await SpoolUnderTest.open();
    const ends: number[] = [];
    const end = (): void => void ends.push(fileOf(under.disk, "spool-").length);
    for (const n of [0, 1]) {
      await under.add([n], 90);
      end();
    }
    await under.add([2], 70_000);
    end();
    under.spool.remove(under.take()[0]!.snapshotId);
    await under.add([3], 90);
    end();
    const [[name, bytes]] = [...under.disk.files] as [[string, Uint8Array]];
    return { name, bytes, ends };
  }

  test("torn at every byte: what was whole is there, in order, and what comes next is kept too", async () => {
    const { name, bytes, ends } = await writtenFile();
    const ackEnd = Number(rowsOf(bytes).at(-1)!["offset"]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      // Every byte of the small frames and of the borders; the inside of the large parts all look alike.
      const isInside = cut > ends[1]! + 200 && cut < ends[2]! - 200 && Math.abs(cut - ends[1]! - 65_600) > 200;
      if (isInside && cut % 97 !== 0) continue;
      const under = await SpoolUnderTest.open();
      under.disk.files.clear();
      under.disk.files.set(name, bytes.slice(0, cut));
      await under.reopen();
      const whole = ends.filter((end) => end <= cut).length;
      const expected = range(cut >= ackEnd ? 1 : 0, whole);
      expect(under.spool.size, `cut at ${cut}`).toBe(expected.length);
      await under.add([99]);
      expect(await under.sendAll(), `cut at ${cut}`).toEqual([...expected, 99]);
      await under.spool.close();
    }
  });

  test("a flipped byte anywhere costs what it stands in and is told; everything else is kept", async () => {
    const { name, bytes, ends } = await writtenFile();
    for (let at = 0; at < bytes.length; at += at > ends[1]! + 300 && at < ends[2]! - 300 ? 101 : 1) {
      const under = await SpoolUnderTest.open();
      under.disk.files.clear();
      const flipped = bytes.slice();
      flipped[at] = flipped[at]! ^ 0x10;
      under.disk.files.set(name, flipped);
      await under.reopen();
      expect(under.reports.length, `flip at ${at}`).toBeGreaterThan(0);
      const sent = await under.sendAll();
      const hit = ends.findIndex((end) => at < end);
      const lost = at >= ends[2]! && sent.includes(0) ? undefined : hit;
      // 0 was stored; where the Ack was hit it is sent once more, and its server knows it.
      const wanted = [0, 1, 2, 3].filter((n) => n !== lost && (n !== 0 || sent.includes(0)));
      expect(sent, `flip at ${at}`).toEqual(wanted);
      expect(under.spool.size).toBe(0);
      await under.add([50]);
      await under.reopen();
      expect(await under.sendAll()).toContain(50);
    }
  });

  test("what a lost Ack brings again is among what the server knows: at most 896 numbers", async () => {
    const under = await SpoolUnderTest.open();
    await under.add(range(0, 5_000), 10);
    let stored = 0;
    under.disk.failSync = true;
    for (let taken = under.take(); taken.length > 0; taken = under.take()) {
      for (const one of taken) {
        under.spool.remove(one.snapshotId);
        stored++;
      }
      await quiet();
    }
    expect(stored).toBeGreaterThan(300);
    expect(stored).toBeLessThanOrEqual(896);
  });
});

describe("order and memory", () => {
  test("a long outage is sent in order, read back a little at a time", async () => {
    const under = await SpoolUnderTest.open({ maxBytes: 64 * 1_048_576 });
    const count = 4_000;
    for (let from = 0; from < count; from += 100) await under.add(range(from, from + 100), 6_000);
    expect(under.spool.size).toBe(count);
    expect(under.spool.heldBytes).toBeLessThan(4 * 1_048_576);
    await under.reopen();
    expect(under.spool.size).toBe(count);
    const sent: number[] = [];
    for (let taken = under.take(); taken.length > 0; taken = under.take()) {
      expect(under.spool.heldBytes).toBeLessThan(4 * 1_048_576);
      for (const one of taken) {
        sent.push(numberOf(one));
        under.spool.remove(one.snapshotId);
      }
      // New ones come in between, and have to wait for their turn.
      if (sent.length < 3_000) await under.add([count + sent.length]);
      await quiet();
    }
    expect(sent.slice(0, count)).toEqual(range(0, count));
    expect(sent.slice(count)).toEqual(sent.slice(count).sort((a, b) => a - b));
    expect(under.spool.size).toBe(0);
    // Files whose snapshots have all ended go.
    expect(under.spool.fileBytes).toBeLessThan(16 * 1_048_576);
  });

  test("no more than 512 numbers are between the oldest that is not stored and the newest that was sent", async () => {
    const under = await SpoolUnderTest.open();
    await under.add(range(0, 2_000), 10);
    const [stuck, ...others] = under.take();
    for (let taken = others; taken.length > 0; taken = under.take()) {
      for (const one of taken) {
        under.spool.remove(one.snapshotId);
        expect(numberOf(one)).toBeLessThan(512);
      }
      await quiet();
    }
    under.spool.remove(stuck!.snapshotId);
    expect((await under.sendAll())[0]).toBe(512);
  });
});
