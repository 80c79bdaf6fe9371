import assert from "node:assert/strict";
import type { Connect } from "./hostile_peers.ts";
import { Pki } from "./pki.ts";
import { ServerUnderTest } from "./server_under_test.ts";
import { type ClientTls, TcpAgent } from "./tcp_agent.ts";

const MIB = 1024 * 1024;
export const TRANSPORTS = ["plain", "TLS"] as const;

/** A server, a way to it, and the memory that it takes while something goes on. */
export interface Scene {
  readonly server: ServerUnderTest;
  readonly connect: Connect;
  readonly tls: ClientTls | undefined;
  /** Looks at the server's memory until `run` ends; the growth of its peak, in MiB. */
  readonly growthMib: (what: string, run: () => Promise<void>) => Promise<number>;
}

export async function withServer(
  transport: (typeof TRANSPORTS)[number],
  flags: readonly string[],
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const pki = transport === "TLS" ? await Pki.make(`${dir}/pki`) : undefined;
    // A line for each stored snapshot would be most of what the server does here.
    const all = [...flags, "--log-level", "info", ...(pki?.serverFlags ?? [])];
    const server = await ServerUnderTest.start(`${dir}/store`, all);
    const address = { hostname: "127.0.0.1", port: server.port };
    const tls = pki === undefined ? undefined : { caCerts: [pki.ca.certificate] };
    const connect = () => (tls === undefined ? Deno.connect(address) : Deno.connectTls({ ...address, ...tls }));
    await run({ server, connect, tls, growthMib: (what, body) => growthMib(server, `${transport}: ${what}`, body) });
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function growthMib(server: ServerUnderTest, what: string, run: () => Promise<void>): Promise<number> {
  const rss = async () => (await server.metric("process_resident_memory_bytes")) / MIB;
  const before = await rss();
  let peak = before;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      peak = Math.max(peak, await rss());
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  await run();
  isOver = true;
  await watching;
  const after = await rss();
  console.log(`${what}: RSS ${before.toFixed(0)} MiB before, ${peak.toFixed(0)} at most, ${after.toFixed(0)} after`);
  return peak - before;
}

/** An agent that sends all along; `finish` gives how many were sent, once each of them is stored. */
export async function goodAgent({ server, tls }: Scene): Promise<{ finish: () => Promise<number> }> {
  const agent = await TcpAgent.connect(server.port, "good", tls);
  let sent = 0;
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      await agent.send(sent++, sent % 10 === 0 ? 150_000 : 3_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    finish: async () => {
      isOver = true;
      await sending;
      await agent.storedCount(sent);
      assert.deepEqual([...new Set(agent.events.map(({ type }) => type))].sort(), ["connect", "established", "stored"]);
      await agent.close();
      return sent;
    },
  };
}

export async function times<T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, (_, n) => make(n)));
}
