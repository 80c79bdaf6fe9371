import assert from "node:assert/strict";
import type { SnapshotRecord, SnapshotStore } from "../../src/ports/mod.ts";
import { idHex } from "../../src/protocols/snapshot/mod.ts";
import { makeRecord, nameOf, namesIn } from "../deno/records.ts";

/** A place that stores are opened on, and the faults it knows. */
export interface StorePlaceUnderTest {
  open(): Promise<SnapshotStore>;
  /** The next appends fail, in the middle if the place can do that, until `heal`. */
  fail(): void;
  heal(): void;
  /** What is stored, read without the store: each record's name and all of its frames' bytes. */
  contents(): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>;
  dispose(): Promise<void>;
}

/** How the suite is run. */
export interface StoreSuite {
  readonly name: string;
  /** A new, empty place. */
  readonly place: () => Promise<StorePlaceUnderTest>;
  readonly test: (name: string, run: () => Promise<void>) => void;
}

/** What every store promises (`src/ports/snapshot_store.ts`), as tests of one of them. */
export function storeConformance({ name, place, test }: StoreSuite): void {
  const withPlace: WithPlace = (what, run) => {
    test(`${name}: ${what}`, async () => {
      const opened = await place();
      try {
        await run(opened);
      } finally {
        await opened.dispose();
      }
    });
  };
  keeping(withPlace);
  failing(withPlace);
}

type WithPlace = (what: string, run: (place: StorePlaceUnderTest) => Promise<void>) => void;

function keeping(withPlace: WithPlace): void {
  withPlace("an empty store holds nothing and closes more than once", async (place) => {
    const store = await place.open();
    assert.deepEqual(await namesIn(store.storedIds()), []);
    await store.close();
    await store.close();
    await assert.rejects(store.append([makeRecord(1)]), /closed/);
    assert.deepEqual(await place.contents(), []);
  });

  withPlace("keeps every frame as it came, each agent's snapshots in order", async (place) => {
    const records = mixedRecords(60);
    const store = await place.open();
    for (let at = 0; at < records.length; at += 7) await store.append(records.slice(at, at + 7));
    await expectStored(place, store, records);
    await store.close();
  });

  withPlace("keeps a snapshot of any size and number of parts", async (place) => {
    const big = [makeRecord(1, { parts: 9, bytes: 1_500_000 }), makeRecord(2, { parts: 80, bytes: 15_000_000 })];
    const records = [makeRecord(0), ...big, makeRecord(3)];
    const store = await place.open();
    await store.append(records.slice(0, 2));
    await store.append(records.slice(2));
    await expectStored(place, store, records);
    await store.close();
  });

  withPlace("knows after a restart what it holds, oldest first, and goes on behind it", async (place) => {
    const records = mixedRecords(40);
    const first = await place.open();
    await first.append(records.slice(0, 25));
    await first.close();
    const second = await place.open();
    await expectStored(place, second, records.slice(0, 25));
    await second.append(records.slice(25));
    await second.close();
    const third = await place.open();
    await expectStored(place, third, records);
    await third.close();
  });

  withPlace("close waits for the append under way", async (place) => {
    const store = await place.open();
    const appending = store.append(mixedRecords(20));
    await store.close();
    await appending;
    assert.equal((await place.contents()).length, 20);
  });
}

function failing(withPlace: WithPlace): void {
  withPlace("a failed batch may be appended again, and is stored once and in order", async (place) => {
    const records = mixedRecords(30);
    const store = await place.open();
    await store.append(records.slice(0, 10));
    place.fail();
    await assert.rejects(store.append(records.slice(10, 20)));
    await assert.rejects(store.append(records.slice(10, 20)));
    place.heal();
    await store.append(records.slice(10, 20));
    await store.append(records.slice(20));
    await expectStored(place, store, records);
    await store.close();
  });

  withPlace("a batch that failed and was given up does no harm to what follows", async (place) => {
    const [kept, lost, next] = [mixedRecords(5), mixedRecords(5, 100), mixedRecords(5, 200)];
    const store = await place.open();
    await store.append(kept);
    place.fail();
    await assert.rejects(store.append(lost));
    place.heal();
    await store.append(next);
    await store.close();
    const reopened = await place.open();
    const names = await namesIn(reopened.storedIds());
    await reopened.close();
    assert.equal(new Set(names).size, names.length);
    // Nobody was told that those are stored; a store may have them all the same, and each at most once.
    const given = new Set(lost.map(nameOf));
    assert.deepEqual(byAgent(names.filter((one) => !given.has(one))), byAgent([...kept, ...next].map(nameOf)));
  });
}

/** Snapshots of several agents with names of all kinds: plain, compressed, segmented. */
function mixedRecords(count: number, from = 0): SnapshotRecord[] {
  const agents = ["db-1", "a.b*c>d e", "Zürich/東京", "%2E~!'()"];
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    const parts = n % 4 === 1 ? 3 : 1;
    return makeRecord(n, { agentId: agents[n % agents.length]!, parts, compressed: n % 5 === 2, bytes: 300 + n });
  });
}

async function expectStored(
  place: StorePlaceUnderTest,
  store: SnapshotStore,
  records: readonly SnapshotRecord[],
): Promise<void> {
  const ids: { agentId: string; snapshotId: Uint8Array }[] = [];
  for await (const id of store.storedIds()) ids.push(id);
  assert.deepEqual(byAgent(ids.map(nameOf)), byAgent(records.map(nameOf)));
  const contents = await place.contents();
  assert.deepEqual(byAgent(contents.map(({ name }) => name)), byAgent(records.map(nameOf)));
  const bytesOf = new Map(contents.map(({ name, bytes }) => [name, bytes]));
  for (const record of records) {
    assert.deepEqual(bytesOf.get(nameOf(record)), joined(record), idHex(record.snapshotId));
  }
}

/** Order is promised for each agent, not between agents. Names are `agent id`; agents have spaces. */
function byAgent(names: readonly string[]): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const name of names) {
    const agent = name.slice(0, name.lastIndexOf(" "));
    grouped[agent] = [...(grouped[agent] ?? []), name];
  }
  return grouped;
}

function joined({ frames, frameBytes }: SnapshotRecord): Uint8Array {
  const bytes = new Uint8Array(frameBytes);
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
