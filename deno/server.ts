import { gauge, Ingest, type MetricFamily, Tap } from "../src/ingest/mod.ts";
import type { Clock, Entropy } from "../src/ports/mod.ts";
import {
  PLATFORM_LINUX,
  PLATFORM_MACOS,
  PLATFORM_UNSPECIFIED,
  PLATFORM_WINDOWS,
} from "../src/protocols/snapshot/mod.ts";
import { type AgentListener, type AgentServer, listenForAgents } from "./agent_listener.ts";
import { CredentialsWatch } from "./credentials_watch.ts";
import { takeFolder } from "./folder_place.ts";
import type { FramePublisher } from "./frame_publisher.ts";
import { formatAddress, HttpServer } from "./http_server.ts";
import { type HttpToken, readToken } from "./http_token.ts";
import { IngestHost, utcOffsetMs } from "./ingest_host.ts";
import { InspectorFiles } from "./inspector_files.ts";
import { isLocal, type JetstreamAddress } from "./jetstream_address.ts";
import { logEvent } from "./log_events.ts";
import type { NatsFiles } from "./nats_access.ts";
import type { Address } from "./option_values.ts";
import type { ServeOptions } from "./serve_options.ts";
import { messageOf, StartError } from "./start_error.ts";
import type { ServedStore, StorePlace } from "./store_place.ts";
import type { StreamLog } from "./stream_log.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";
import { CredentialsError } from "./tls_credentials.ts";
import { zstdCompressor } from "./zstd.ts";

/** After the drain's bound connections are cut; this is for the sockets to notice. */
const ABORT_GRACE_MS = 500;

const PLATFORMS: Readonly<Record<string, number>> = {
  linux: PLATFORM_LINUX,
  darwin: PLATFORM_MACOS,
  windows: PLATFORM_WINDOWS,
};

const SYSTEM_ENTROPY: Entropy = { fill: (into) => void crypto.getRandomValues(into as Uint8Array<ArrayBuffer>) };

/** Engine, store, listeners and what ties them together. */
export class Server {
  #options: ServeOptions;
  readonly #log: StreamLog;
  readonly #clock: Clock = SYSTEM_CLOCK;
  readonly #ingest: Ingest;
  readonly #tap: Tap;
  readonly #inspector: InspectorFiles = new InspectorFiles();
  readonly #startedAtMs: number = SYSTEM_CLOCK.utcMs();
  #state: "recovering" | "serving" | "draining" = "recovering";
  #served: ServedStore | undefined;
  #http: HttpServer | undefined;
  #host: IngestHost | undefined;
  #credentials: CredentialsWatch | undefined;
  #token: HttpToken | undefined;
  #agents: AgentServer | undefined;
  #publisher: FramePublisher | undefined;
  #address = "";

  private constructor(options: ServeOptions, log: StreamLog) {
    this.#options = options;
    this.#log = log;
    const compressor = options.noCompress ? undefined : zstdCompressor();
    this.#tap = new Tap({ compressor, showsCommandLines: options.showCommandLines });
    this.#ingest = new Ingest({
      session: {
        entropy: SYSTEM_ENTROPY,
        utcOffsetMs: utcOffsetMs(this.#clock),
        platform: PLATFORMS[Deno.build.os] ?? PLATFORM_UNSPECIFIED,
        heartbeatIntervalMs: options.heartbeatInterval,
        maxUnstoredSnapshots: options.maxUnstored,
        ...(compressor === undefined ? {} : { compressor }),
      },
      limits: {
        maxConnections: options.maxConnections,
        maxHalfOpen: options.maxHalfOpen,
        addressHandshakes: options.addressHandshakes,
        addressFailures: options.addressFailures,
        maxBatchSnapshots: options.maxBatchSnapshots,
        maxBatchDelayMs: options.maxBatchDelay,
      },
      reportStored: log.shows("debug"),
    });
  }

  /**
   * Takes the store's place, opens the store, learns what is stored, then listens.
   *
   * @throws StartError
   */
  static async start(options: ServeOptions, log: StreamLog): Promise<Server> {
    const server = new Server(options, log);
    server.#readSecrets();
    const place = await takePlace(options, log);
    // Both addresses are taken before the store is read, so a mistake in them shows at once.
    const listener = await openAddress("--listen", options.listen, (address) =>
      listenForAgents(address, server.#credentials, log),
    );
    server.#http = await openAddress("--http", options.http, ({ hostname, port }) => {
      const notReadyReasons = () => server.#notReadyReasons();
      const metricFamilies = () => server.#metricFamilies();
      const { latest } = server.#ingest;
      const timeMs = server.#clock.utcMs;
      const agents = (limit: number) => ({
        timeMs: timeMs(),
        total: latest.size,
        agents: latest.overviews(limit),
      });
      const token = () => server.#token;
      const page = { tap: server.#tap, inspector: server.#inspector };
      return new HttpServer(hostname, port, { notReadyReasons, metricFamilies, agents, token, ...page });
    });
    server.#publisher = await bindPublisher(options);
    server.#served = await place.open(server.#ingest.index);
    server.#listen(listener);
    log.write("info", "listening", {
      address: listener.address,
      http: server.#http.address,
      ...(server.#inspector.isThere ? { inspector: `http://${server.#http.address}/` } : {}),
      store: place.name,
      ...(server.#publisher === undefined ? {} : { publish: server.#publisher.endpoint }),
      tls: options.tlsCert === undefined ? "none" : options.tlsClientCa === undefined ? "server" : "mutual",
    });
    return server;
  }

  /** Where agents connect, as `host:port`. */
  get address(): string {
    return this.#address;
  }

  /** Looks at certificates and token anew; what is broken is reported, and what was there stays in use. */
  reload(): void {
    this.#credentials?.reload();
    const { httpTokenFile } = this.#options;
    try {
      if (httpTokenFile !== undefined) this.#token = readToken(httpTokenFile);
    } catch (error) {
      this.#log.write("error", "tokenReloadFailed", { reason: messageOf(error), inUse: "the one read before" });
    }
  }

  /** Takes over what can change while it runs. */
  reconfigure(options: ServeOptions): void {
    this.#options = options;
    this.#log.setLevel(options.logLevel);
    const { maxBatchSnapshots, maxBatchDelay } = options;
    this.#ingest.reconfigure({ maxBatchSnapshots, maxBatchDelayMs: maxBatchDelay }, this.#log.shows("debug"));
    this.#served?.reconfigure?.(options);
  }

  /** Drains within its bound; false when the bound was not enough. What is not stored then was not acknowledged. */
  async stop(): Promise<boolean> {
    this.#state = "draining";
    this.#credentials?.close();
    this.#agents!.stopListening();
    this.#host!.stop();
    const isDrained = await within(this.#options.drainTimeout, this.#host!.drained);
    if (!isDrained) {
      this.#agents!.abort();
      await within(ABORT_GRACE_MS, this.#host!.drained);
    }
    this.#host!.close();
    await this.#served!.close();
    await this.#publisher?.close();
    await this.#http!.close();
    return isDrained;
  }

  #readSecrets(): void {
    const { tlsCert, tlsKey, tlsClientCa, httpTokenFile } = this.#options;
    try {
      if (httpTokenFile !== undefined) this.#token = readToken(httpTokenFile);
      if (tlsCert === undefined || tlsKey === undefined) return;
      const files = { cert: tlsCert, key: tlsKey, clientCa: tlsClientCa };
      this.#credentials = new CredentialsWatch(files, this.#log, this.#clock.utcMs);
    } catch (error) {
      if (!(error instanceof CredentialsError)) throw error;
      throw new StartError("server/credentials-unusable", error.message);
    }
  }

  #listen(listener: AgentListener): void {
    const { store } = this.#served!;
    this.#host = new IngestHost({
      ingest: this.#ingest,
      store: this.#publisher?.around(store) ?? store,
      clock: this.#clock,
      tap: this.#tap,
      onEvent: (event) => logEvent(this.#log, event),
    });
    this.#agents = listener.serve(this.#host);
    this.#address = listener.address;
    this.#state = "serving";
  }

  #notReadyReasons(): string[] {
    const reasons: string[] = this.#state === "serving" ? [] : [this.#state];
    const { storeError } = this.#ingest;
    if (storeError !== undefined) reasons.push(`store failing: ${storeError}`);
    return [...reasons, ...(this.#served?.notReadyReasons() ?? [])];
  }

  #metricFamilies(): MetricFamily[] {
    const notAfterMs = this.#credentials?.current.notAfterMs;
    return [
      ...this.#ingest.metricFamilies(),
      ...this.#tap.metricFamilies(),
      ...(this.#publisher?.metricFamilies() ?? []),
      ...(notAfterMs === undefined
        ? []
        : [gauge("tidewire_tls_certificate_not_after_seconds", "When it expires, in Unix time.", notAfterMs / 1_000)]),
      gauge("tidewire_ready", "1 while the server stores what comes in.", this.#notReadyReasons().length === 0 ? 1 : 0),
      ...(this.#served?.metricFamilies() ?? []),
      gauge("process_start_time_seconds", "When the process started, in Unix time.", this.#startedAtMs / 1_000),
      gauge("process_resident_memory_bytes", "Resident memory.", Deno.memoryUsage().rss),
    ];
  }
}

async function bindPublisher(options: ServeOptions): Promise<FramePublisher | undefined> {
  const { publish, noCompress, showCommandLines } = options;
  if (publish === undefined) return undefined;
  // Only a server that publishes needs the sockets.
  const { FramePublisher } = await import("./frame_publisher.ts");
  const compressor = noCompress ? undefined : zstdCompressor();
  try {
    return await FramePublisher.bind(publish.url, { compressor, showsCommandLines: showCommandLines });
  } catch (error) {
    throw new StartError("server/address-unusable", `can't publish on ${publish.url} (--publish): ${messageOf(error)}`);
  }
}

async function takePlace(options: ServeOptions, log: StreamLog): Promise<StorePlace> {
  if (options.store === undefined) return await takeFolder(options, SYSTEM_CLOCK, log);
  // Only a server that stores there needs the client's packages.
  const { jetstreamPlace } = await import("./jetstream_place.ts");
  return jetstreamPlace(options.store, natsFilesOf(options, options.store), SYSTEM_CLOCK, log);
}

function natsFilesOf(options: ServeOptions, address: JetstreamAddress): NatsFiles {
  const { natsCa: ca, natsCredentials: credentials, insecurePlaintext } = options;
  const hostnames = address.servers.map(({ hostname }) => hostname);
  return { ca, credentials, plaintext: insecurePlaintext || isLocal(address), hostnames };
}

async function openAddress<T>(
  flag: string,
  { hostname, port }: Address,
  open: (address: Address) => T,
): Promise<Awaited<T>> {
  try {
    return await open({ hostname, port });
  } catch (error) {
    const address = formatAddress({ hostname, port });
    if (error instanceof Deno.errors.AddrInUse) {
      const message = `port ${port} is taken (${flag} ${address}); stop what listens there, or choose another with ${flag} ${hostname}:PORT`;
      throw new StartError("server/port-in-use", message);
    }
    throw new StartError("server/address-unusable", `can't listen on ${address} (${flag}): ${messageOf(error)}`);
  }
}

/** Whether a promise resolves in time. */
async function within(timeoutMs: number, promise: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const inTime = await Promise.race([promise.then(() => true), timeout]);
  clearTimeout(timer);
  return inTime;
}
