import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { parseJetstreamAddress } from "../../deno/jetstream_address.ts";
import { JetstreamStore } from "../../deno/jetstream_store.ts";
import { DedupeIndex } from "../../src/ingest/mod.ts";
import { NATS_SERVER, NatsUnderTest } from "./nats_server.ts";
import { makeRecord } from "./records.ts";

/** As short as a stream may have it. */
const WINDOW_MS = 100;

Deno.test({
  name: "a snapshot that another server stored is not stored again, however long ago it was",
  ignore: NATS_SERVER === undefined,
  fn: async () => {
    const nats = await NatsUnderTest.start();
    try {
      const connection = await nats.connect();
      const manager = await jetstreamManager(connection, { checkAPI: false });
      const subjects = ["tidewire.snapshots.>"];
      await manager.streams.add({ name: "FLEET", subjects, duplicate_window: WINDOW_MS * 1_000_000 });
      await connection.close();
      const indexes = [new DedupeIndex(10), new DedupeIndex(10)];
      const stores: JetstreamStore[] = [];
      for (const index of indexes) {
        stores.push(
          await JetstreamStore.open({
            address: parseJetstreamAddress(nats.storeUrl("FLEET", 1)),
            index,
            onEvent: () => {},
            monotonicMs: () => performance.now(),
          }),
        );
      }
      const [first, second] = stores as [JetstreamStore, JetstreamStore];
      const records = [1, 2, 3].map((n) => makeRecord(n, { parts: n }));
      await first.append(records);
      // The same batch, held up at the other server until the stream itself has forgotten the ids.
      await new Promise((resolve) => setTimeout(resolve, WINDOW_MS * 4));
      await second.append(records);
      await second.append([makeRecord(4)]);
      await first.append([makeRecord(4), makeRecord(5)]);
      assert.deepEqual(
        (await nats.records("FLEET")).map(({ id }) => id.slice(-1)),
        ["1", "2", "3", "4", "5"],
      );
      for (const store of stores) await store.close();
    } finally {
      await nats.dispose();
    }
  },
});
