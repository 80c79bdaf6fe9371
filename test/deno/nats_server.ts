import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type ConnectionOptions, connect, type NatsConnection } from "@nats-io/transport-node";
import { SUBJECT_PREFIX } from "../../deno/jetstream_address.ts";
import type { FollowedStream } from "../../deno/jetstream_follower.ts";
import { readRecords } from "../../deno/jetstream_records.ts";
import { freePorts } from "./free_ports.ts";
import { findPeer } from "./peers.ts";

/** Where nats-server is, or nothing: tests that need it are skipped then, and say so. */
export const NATS_SERVER: string | undefined = await findPeer("nats-server");

/** A server answers within a second, a cluster elects its first leader within some ten. */
const READY_TIMEOUT_MS = 60_000;
/** Elections take some seconds, and each attempt up to five. */
const MAX_READ_ATTEMPTS = 10;

/** A record as a stream holds it. */
export interface StoredFrames {
  readonly agentId: string;
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** A nats-server with JetStream on loopback, with a folder of its own. */
export class NatsServer {
  readonly name: string;
  readonly port: number;
  readonly #command: Deno.Command;
  #child: Deno.ChildProcess;
  #exitCode: number | undefined;

  constructor(name: string, port: number, args: readonly string[]) {
    this.name = name;
    this.port = port;
    this.#command = new Deno.Command(NATS_SERVER!, { args: [...args], stdout: "null", stderr: "null" });
    this.#child = this.#spawn();
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  signal(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It was gone already.
    }
    await this.#child.status;
  }

  /** Starts it again on its port and folder, after `kill`. */
  restart(): void {
    this.#child = this.#spawn();
  }

  /** Its exit code, once it has ended. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  #spawn(): Deno.ChildProcess {
    const child = this.#command.spawn();
    this.#exitCode = undefined;
    child.status.then(({ code }) => {
      if (child === this.#child) this.#exitCode = code;
    });
    return child;
  }
}

/** One nats-server, or a cluster, that is gone with its folders after `dispose`. */
export class NatsUnderTest {
  readonly servers: readonly NatsServer[];
  readonly #dir: string;
  readonly #access: Partial<ConnectionOptions>;

  private constructor(servers: readonly NatsServer[], dir: string, access: Partial<ConnectionOptions> = {}) {
    this.servers = servers;
    this.#dir = dir;
    this.#access = access;
  }

  /**
   * Starts one server with a configuration of its own and waits until its JetStream answers.
   *
   * @param access how the test itself is let in
   */
  static async startWith(
    config: (dir: string) => Promise<string>,
    access: Partial<ConnectionOptions>,
  ): Promise<NatsUnderTest> {
    const dir = await Deno.makeTempDir({ prefix: "tidewire-nats-" });
    const [port] = freePorts(1);
    await Deno.writeTextFile(`${dir}/nats.conf`, await config(dir));
    const args = ["-c", `${dir}/nats.conf`, "-a", "127.0.0.1", "-p", String(port), "-js", "-sd", `${dir}/js`];
    const nats = new NatsUnderTest([new NatsServer("n1", port!, args)], dir, access);
    await nats.#ready();
    return nats;
  }

  /** Starts `count` servers and waits until their JetStream answers. */
  static async start(count: 1 | 3 = 1): Promise<NatsUnderTest> {
    const dir = await Deno.makeTempDir({ prefix: "tidewire-nats-" });
    const ports = freePorts(count * 2);
    const routes = ports.slice(count).map((port) => `nats://127.0.0.1:${port}`);
    const servers = ports.slice(0, count).map((port, i) => {
      const name = `n${i + 1}`;
      const common = ["-a", "127.0.0.1", "-p", String(port), "-n", name, "-js", "-sd", `${dir}/${name}`];
      const cluster = ["--cluster_name", "test", "--cluster", routes[i]!, "--routes", routes.join(",")];
      return new NatsServer(name, port, count === 1 ? common : [...common, ...cluster]);
    });
    const nats = new NatsUnderTest(servers, dir);
    await nats.#ready();
    return nats;
  }

  /** The `--store` of a stream there. */
  storeUrl(stream: string, replicas: number): string {
    return `jetstream://${this.servers.map(({ address }) => address).join(",")}/${stream}?create=replicas=${replicas}`;
  }

  connect(): Promise<NatsConnection> {
    return connect({ ...this.#access, servers: this.servers.map(({ address }) => address), timeout: 5_000 });
  }

  /** What a stream holds, read past all servers of ours. Asks again while a cluster is electing and answers nothing. */
  async records(stream: string): Promise<readonly StoredFrames[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#readRecords(stream);
      } catch (error) {
        if (attempt === MAX_READ_ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }

  async #readRecords(stream: string): Promise<readonly StoredFrames[]> {
    const connection = await this.connect();
    try {
      const source: FollowedStream = {
        client: jetstream(connection),
        manager: await jetstreamManager(connection, { checkAPI: false }),
        stream,
        subjectPrefix: SUBJECT_PREFIX,
      };
      return await Array.fromAsync(readRecords(source), ({ agentId, snapshotId, bytes }) => {
        if (bytes === undefined) throw new Error("parts of a record are gone");
        return { agentId, id: snapshotId.toHex(), bytes };
      });
    } finally {
      await connection.close();
    }
  }

  /** The server that leads a stream. */
  async leader(stream: string): Promise<NatsServer> {
    const connection = await this.connect();
    try {
      const manager = await jetstreamManager(connection, { checkAPI: false });
      const { cluster } = await manager.streams.info(stream);
      return this.servers.find(({ name }) => name === cluster?.leader)!;
    } finally {
      await connection.close();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await Deno.remove(this.#dir, { recursive: true });
  }

  async #ready(): Promise<void> {
    const giveUpMs = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      try {
        const connection = await this.connect();
        try {
          await (await jetstreamManager(connection, { checkAPI: false })).getAccountInfo();
          return;
        } finally {
          await connection.close();
        }
      } catch (error) {
        const ended = this.servers.find(({ exitCode }) => exitCode !== undefined);
        if (ended === undefined && performance.now() < giveUpMs) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        await this.dispose();
        const reason = ended === undefined ? String(error) : `${ended.address} ended with ${ended.exitCode}`;
        throw new Error(`nats-server is not ready: ${reason}`, { cause: error });
      }
    }
  }
}
