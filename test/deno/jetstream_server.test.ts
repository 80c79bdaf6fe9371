import assert from "node:assert/strict";
import { EngineAgent, faultyDialer } from "./engine_agent.ts";
import { freePorts } from "./free_ports.ts";
import { NATS_SERVER, NatsUnderTest } from "./nats_server.ts";
import { COMMON_FLAGS, ServerUnderTest, streamServeArgs } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

const ignore = NATS_SERVER === undefined;

/** Two servers on one stream of one NATS server. */
async function withTwoServers(
  run: (nats: NatsUnderTest, servers: readonly [ServerUnderTest, ServerUnderTest]) => Promise<void>,
): Promise<void> {
  const nats = await NatsUnderTest.start();
  const url = nats.storeUrl("FLEET", 1);
  const servers = [await ServerUnderTest.startOnStream(url), await ServerUnderTest.startOnStream(url)] as const;
  try {
    await run(nats, servers);
    for (const server of servers) assert.equal(await server.stop(), 0);
  } finally {
    for (const server of servers) server.end();
    await nats.dispose();
  }
}

/** Each id once, each agent's in the order of its sampling. */
async function expectStoredOnce(nats: NatsUnderTest, agents: readonly EngineAgent[]): Promise<void> {
  const records = await nats.records("FLEET");
  for (const agent of agents) {
    const agentId = agent.agentId;
    assert.deepEqual(
      records.filter((record) => record.agentId === agentId).map(({ id }) => id),
      agent.sampled,
    );
    assert.deepEqual(new Set(agent.stored), new Set(agent.sampled));
  }
}

Deno.test({
  name: "an agent that moves to another server in the middle of a segmented snapshot: stored once, in order",
  ignore,
  fn: () =>
    withTwoServers(async (nats, servers) => {
      // A snapshot of 2,000 processes has some 140 KB in three parts. The first connections break in one part each.
      const cuts = [100_000, 30_000, 250_000, 70_000];
      const agent = new EngineAgent({
        agentId: "mover",
        servers: servers.map(({ port }) => `127.0.0.1:${port}`),
        intervalMs: 300,
        processes: 2_000,
        dialer: faultyDialer(cuts.map((cutAfterBytes) => ({ cutAfterBytes }))),
      });
      await agent.storedCount(8);
      await agent.drain();
      const visited = agent.of("connected").map(({ server }) => Number(server.split(":")[1]));
      assert.ok(visited.length > cuts.length && new Set(visited).size === 2, visited.join());
      await expectStoredOnce(nats, [agent]);
    }),
});

Deno.test({
  name: "stored by one server, the word of it lost: the other one knows, and stores nothing twice",
  ignore,
  fn: () =>
    withTwoServers(async (nats, servers) => {
      // The first connection hears the HandshakeAck and nothing after it.
      const agent = new EngineAgent({
        agentId: "deaf",
        servers: servers.map(({ port }) => `127.0.0.1:${port}`),
        intervalMs: 200,
        processes: 2_000,
        dialer: faultyDialer([{ deafAfterChunks: 1, cutAfterBytes: 600_000 }]),
      });
      await agent.storedCount(8);
      await agent.drain();
      const [first, second] = servers;
      assert.ok(first.count("stored") > 0 && second.count("stored") > 0);
      await expectStoredOnce(nats, [agent]);
      assert.equal(first.count("stored") + second.count("stored"), agent.sampled.length);
    }),
});

Deno.test({
  name: "a server that is killed: its agents move on with all they have, and what it stored counts",
  ignore,
  fn: async () => {
    const nats = await NatsUnderTest.start();
    const url = nats.storeUrl("FLEET", 1);
    const servers = [await ServerUnderTest.startOnStream(url), await ServerUnderTest.startOnStream(url)];
    try {
      const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
      const agents = ["a", "b", "c", "d"].map(
        (agentId) => new EngineAgent({ agentId, servers: addresses, intervalMs: 100, processes: 100 }),
      );
      await Promise.all(agents.map((agent) => agent.storedCount(10)));
      servers[0]!.kill("SIGKILL");
      const stored = agents.map((agent) => agent.stored.length);
      await Promise.all(agents.map((agent, i) => agent.storedCount(stored[i]! + 10)));
      await Promise.all(agents.map((agent) => agent.drain()));
      await expectStoredOnce(nats, agents);
      // One that starts now knows all of it.
      const third = await ServerUnderTest.startOnStream(url);
      const total = agents.reduce((sum, { sampled }) => sum + sampled.length, 0);
      assert.equal(third.first("recovered")!["snapshots"], total);
      assert.equal(await third.stop(), 0);
    } finally {
      for (const server of servers) server.end();
      await nats.dispose();
    }
  },
});

Deno.test({
  name: "without NATS nothing is acknowledged and the server is not ready; with it again all is stored",
  ignore,
  fn: async () => {
    const nats = await NatsUnderTest.start();
    const server = await ServerUnderTest.startOnStream(nats.storeUrl("FLEET", 1));
    try {
      const agent = await TcpAgent.connect(server.port, "a");
      await agent.send(1);
      await agent.storedCount(1);
      await nats.servers[0]!.kill();
      await server.logged("storeDisconnected");
      for (let n = 2; n <= 6; n++) await agent.send(n);
      const { status, text } = await server.http("/readyz");
      assert.equal(status, 503);
      assert.match(text, /no NATS server is connected/);
      assert.equal(agent.stored.length, 1);
      nats.servers[0]!.restart();
      await agent.storedCount(6);
      assert.equal((await server.http("/readyz")).status, 200);
      await agent.close();
      assert.equal(await server.stop(), 0);
      assert.deepEqual((await nats.records("FLEET")).length, 6);
    } finally {
      server.end();
      await nats.dispose();
    }
  },
});

Deno.test({
  name: "a server says what its stream does not promise, and why it can't start",
  ignore,
  fn: async () => {
    const nats = await NatsUnderTest.start();
    try {
      const server = await ServerUnderTest.startOnStream(nats.storeUrl("FLEET", 1));
      assert.match(String(server.first("streamWarning")!["detail"]), /replicas is 1: .*sync_interval: always/);
      const { text } = await server.http("/metrics");
      assert.ok(text.includes("tidewire_store_connected 1\n"));
      assert.equal(await server.stop(), 0);
      const [nobody] = freePorts(1);
      for (const [url, message] of [
        [nats.storeUrl("OTHER", 1).replace(/\?.*/, ""), /there is no stream OTHER; make one/],
        [`${nats.storeUrl("FLEET", 1)}&subject=elsewhere`, /it takes tidewire\.snapshots\.>, and not elsewhere/],
        [`jetstream://127.0.0.1:${nobody}/FLEET`, /can't use jetstream:.*check that a NATS server/],
      ] as const) {
        const args = streamServeArgs(url, COMMON_FLAGS);
        const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "null" }).output();
        assert.equal(code, 1);
        assert.match(new TextDecoder().decode(stderr), /server\/store-unusable/);
        assert.match(new TextDecoder().decode(stderr), message);
      }
    } finally {
      await nats.dispose();
    }
  },
});
