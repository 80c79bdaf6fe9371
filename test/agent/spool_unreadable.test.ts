import { expect, test } from "vitest";
import { MemoryDisk } from "../deno/memory_disk.ts";
import { quiet, range, SpoolUnderTest } from "./spool_fixture.ts";

const COUNT = 640;

/** A spool of some 3.8 MB in files of half a MiB: the window has the first 2 MiB, and one file behind it is unreadable. */
async function unreadable(drop: "oldest" | "newest" = "oldest"): Promise<[SpoolUnderTest, number[]]> {
  const disk = new MemoryDisk();
  const under = await SpoolUnderTest.open({ maxBytes: 4 * 1_048_576, drop }, disk);
  expect(await under.add(range(0, COUNT), 6_000)).toEqual([]);
  const names = [...disk.files.keys()].sort();
  disk.unreadable = names[6]!;
  const first = (name: string): number => Number(name.slice(6, 22)) - 1;
  return [under, range(first(names[6]!), first(names[7]!))];
}

/** Sends what it gives until nothing comes for two minutes. */
async function sendOn(under: SpoolUnderTest): Promise<number[]> {
  const sent: number[] = [];
  for (const endMs = under.nowMs + 120_000; under.nowMs < endMs; under.nowMs += 500) {
    under.spool.onTimeout(under.nowMs);
    await quiet();
    sent.push(...(await under.sendAll()));
  }
  return sent;
}

test("what a disk does not give back for a while is sent all the same, in order", async () => {
  const [under] = await unreadable();
  const sent = await under.sendAll();
  for (let i = 0; i < 6; i++) {
    under.nowMs = under.spool.nextTimeoutMs()!;
    under.spool.onTimeout(under.nowMs);
    await quiet();
  }
  expect(await under.sendAll()).toEqual([]);
  under.disk.unreadable = undefined;
  expect([...sent, ...(await sendOn(under))]).toEqual(range(0, COUNT));
});

test("a file that it never gives back is stepped over, kept, and read by the next life", async () => {
  const [under, missing] = await unreadable();
  const sent = await sendOn(under);
  expect(sent).toEqual(range(0, COUNT).filter((n) => !missing.includes(n)));
  expect(under.told()).toContainEqual({
    type: "spoolSetAside",
    file: under.disk.unreadable,
    snapshots: missing.length,
  });
  // Nothing says that these are stored: they are there, and counted.
  expect(under.spool.size).toBe(missing.length);
  expect(under.disk.files.has(under.disk.unreadable!)).toBe(true);
  under.disk.unreadable = undefined;
  await under.spool.close();
  await under.reopen();
  expect(await under.sendAll()).toEqual(missing);
});

test.each(["oldest", "newest"] as const)("it makes room for what comes, and is counted (drop %s)", async (drop) => {
  const [under, missing] = await unreadable(drop);
  await sendOn(under);
  under.told();
  const sent: number[] = [];
  for (const n of range(COUNT, 2 * COUNT)) {
    expect(await under.add([n], 6_000)).toEqual([]);
    sent.push(...(await under.sendAll()));
  }
  expect(sent).toEqual(range(COUNT, 2 * COUNT));
  expect(under.told()).toContainEqual({ type: "spoolLost", snapshots: missing.length });
  expect(under.spool.size).toBe(0);
  expect(under.spool.fileBytes).toBeLessThan(3 * 1_048_576);
});

test("one that is too old to be read goes uncalled, and is counted", async () => {
  const disk = new MemoryDisk();
  const under = await SpoolUnderTest.open({ maxBytes: 4 * 1_048_576, maxAgeMs: 1_000_000 }, disk);
  await under.add(range(0, COUNT), 6_000);
  disk.unreadable = [...disk.files.keys()].sort()[6]!;
  under.nowMs = 2_000_000;
  const dropped: number[] = [];
  await under.add([COUNT], 6_000);
  expect(await sendOn(under)).toEqual([COUNT]);
  for (const news of under.told()) if (news.type === "spoolLost") dropped.push(news.snapshots);
  expect(dropped).toHaveLength(1);
  expect(dropped[0]).toBeGreaterThan(10);
  expect(under.spool.size).toBe(0);
});
