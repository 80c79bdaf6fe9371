import { AuthorizationError, PermissionViolationError } from "@nats-io/transport-node";
import { type DedupeIndex, gauge, type MetricFamily } from "../src/ingest/mod.ts";
import type { Clock, Log } from "../src/ports/mod.ts";
import { formatAddress } from "./http_server.ts";
import type { JetstreamAddress } from "./jetstream_address.ts";
import { JetstreamStore } from "./jetstream_store.ts";
import { logEvent } from "./log_events.ts";
import { type NatsAccess, type NatsFiles, readNatsAccess } from "./nats_access.ts";
import { messageOf, StartError } from "./start_error.ts";
import type { ServedStore, StorePlace } from "./store_place.ts";
import { CredentialsError } from "./tls_credentials.ts";

/** A stream: any number of servers store into it, so there is nothing to take. @throws StartError for unusable files */
export function jetstreamPlace(address: JetstreamAddress, files: NatsFiles, clock: Clock, log: Log): StorePlace {
  const access = accessOf(files);
  const name = `jetstream://${address.servers.map(formatAddress).join(",")}/${address.stream}`;
  return { name, open: (index) => openStreamStore(name, address, access, clock, log, index) };
}

async function openStreamStore(
  name: string,
  address: JetstreamAddress,
  access: NatsAccess,
  clock: Clock,
  log: Log,
  index: DedupeIndex,
): Promise<ServedStore> {
  const startedMs = clock.monotonicMs();
  let store: JetstreamStore;
  try {
    store = await JetstreamStore.open({
      address,
      access,
      index,
      onEvent: (event) => logEvent(log, event),
      monotonicMs: () => clock.monotonicMs(),
    });
  } catch (error) {
    throw startErrorOf(name, error);
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

function accessOf(files: NatsFiles): NatsAccess {
  try {
    return readNatsAccess(files);
  } catch (error) {
    if (!(error instanceof CredentialsError)) throw error;
    throw new StartError("server/credentials-unusable", error.message);
  }
}

function startErrorOf(name: string, error: unknown): StartError {
  const message = messageOf(error);
  if (error instanceof AuthorizationError || error instanceof PermissionViolationError) {
    const hint = "it does not know this server, or lets it do too little: give --nats-credentials that it accepts";
    return new StartError("server/credentials-unusable", `${name} says ${message}; ${hint} (docs/cluster.md)`);
  }
  // Deno's TLS says these, and OpenSSL's.
  if (/certificate|UnknownIssuer|self.signed|unable to (get|verify)/i.test(message)) {
    const hint =
      "give the CA that its certificate comes from with --nats-ca, and an address that the certificate names";
    return new StartError("server/credentials-unusable", `can't trust ${name}: ${message}; ${hint} (docs/cluster.md)`);
  }
  const hint = "check that a NATS server with JetStream answers there, and the stream's settings (docs/cluster.md)";
  return new StartError("server/store-unusable", `can't use ${name}: ${message}; ${hint}`);
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
