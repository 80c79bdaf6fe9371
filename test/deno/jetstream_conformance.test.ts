import { parseJetstreamAddress } from "../../deno/jetstream_address.ts";
import { JetstreamStore } from "../../deno/jetstream_store.ts";
import { DedupeIndex } from "../../src/ingest/mod.ts";
import { type StorePlaceUnderTest, storeConformance } from "../store_conformance/suite.ts";
import { NATS_SERVER, NatsUnderTest } from "./nats_server.ts";

/** Long enough for an answer, short enough for a test of its absence. */
const PATIENCE_MS = 2_500;

async function jetstreamUnderTest(): Promise<StorePlaceUnderTest> {
  const nats = await NatsUnderTest.start();
  const address = parseJetstreamAddress(nats.storeUrl("FLEET", 1));
  return {
    open: () =>
      JetstreamStore.open({
        address,
        index: new DedupeIndex(1_000),
        onEvent: () => {},
        monotonicMs: () => performance.now(),
        patienceMs: PATIENCE_MS,
      }),
    // A server that is stopped answers nothing; what is on its way by then is stored when it goes on.
    fail: () => nats.servers[0]!.signal("SIGSTOP"),
    heal: () => nats.servers[0]!.signal("SIGCONT"),
    async contents() {
      const records = await nats.records("FLEET");
      return records.map(({ agentId, id, bytes }) => ({ name: `${agentId} ${id}`, bytes }));
    },
    dispose: () => nats.dispose(),
  };
}

storeConformance({
  name: "jetstream",
  place: jetstreamUnderTest,
  test: (name, fn) => Deno.test({ name, fn, ignore: NATS_SERVER === undefined }),
});
