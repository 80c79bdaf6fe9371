import { type DedupeIndex, gauge, type MetricFamily } from "../src/ingest/mod.ts";
import type { Clock, Log } from "../src/ports/mod.ts";
import { formatAddress } from "./http_server.ts";
import type { JetstreamAddress } from "./jetstream_address.ts";
import { JetstreamStore } from "./jetstream_store.ts";
import { logEvent } from "./log_events.ts";
import { messageOf, StartError } from "./start_error.ts";
import type { ServedStore, StorePlace } from "./store_place.ts";

/** A stream: any number of servers store into it, so there is nothing to take. */
export function jetstreamPlace(address: JetstreamAddress, plaintext: boolean, clock: Clock, log: Log): StorePlace {
  const name = `jetstream://${address.servers.map(formatAddress).join(",")}/${address.stream}`;
  return { name, open: (index) => openStreamStore(name, address, plaintext, clock, log, index) };
}

async function openStreamStore(
  name: string,
  address: JetstreamAddress,
  plaintext: boolean,
  clock: Clock,
  log: Log,
  index: DedupeIndex,
): Promise<ServedStore> {
  const startedMs = clock.monotonicMs();
  let store: JetstreamStore;
  try {
    store = await JetstreamStore.open({
      address,
      plaintext,
      index,
      onEvent: (event) => logEvent(log, event),
      monotonicMs: () => clock.monotonicMs(),
    });
  } catch (error) {
    const hint = "check that a NATS server with JetStream answers there, and the stream's settings (docs/cluster.md)";
    throw new StartError("server/store-unusable", `can't use ${name}: ${messageOf(error)}; ${hint}`);
  }
  log.write("info", "recovered", {
    snapshots: store.records,
    agents: index.size,
    elapsedMs: Math.round(clock.monotonicMs() - startedMs),
  });
  return {
    store,
    metricFamilies: () => families(store),
    notReadyReasons: () => (store.isConnected ? [] : ["store unreachable: no NATS server is connected"]),
    close: () => store.close(),
  };
}

function families(store: JetstreamStore): MetricFamily[] {
  return [
    gauge("tidewire_store_connected", "1 while a NATS server is connected.", store.isConnected ? 1 : 0),
    gauge("tidewire_store_snapshots", "Snapshots in the stream, as far as this server has read it.", store.records),
    {
      name: "tidewire_store_duplicates_total",
      kind: "counter",
      help: "Snapshots that the stream held already when they were published.",
      samples: [{ labels: {}, value: store.duplicates }],
    },
  ];
}
