import assert from "node:assert/strict";
import { EngineAgent } from "./engine_agent.ts";
import { NATS_SERVER, NatsUnderTest } from "./nats_server.ts";
import { ServerUnderTest } from "./server_under_test.ts";

const AGENTS = 12;

/** Under load, the leader of three stream nodes is killed and comes back; everything sampled is to be stored once. */
async function killLeaderUnderLoad(): Promise<void> {
  const nats = await NatsUnderTest.start(3);
  const url = nats.storeUrl("FLEET", 3);
  const servers: ServerUnderTest[] = [];
  try {
    for (let i = 0; i < 2; i++) servers.push(await ServerUnderTest.startOnStream(url));
    assert.equal(servers[0]!.first("streamOpened")!["replicas"], 3);
    assert.equal(servers[0]!.count("streamWarning"), 0);
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
    const agents = Array.from({ length: AGENTS }, (_, i) => {
      // Half of them begin with the other server.
      const order = i % 2 === 0 ? addresses : addresses.toReversed();
      return new EngineAgent({
        agentId: `agent-${i}`,
        servers: order,
        intervalMs: 100,
        processes: i === 0 ? 1_500 : 60,
      });
    });
    await Promise.all(agents.map((agent) => agent.storedCount(10)));
    const victim = await nats.leader("FLEET");
    await victim.kill();
    const toldAtKill = agents.flatMap((agent) => agent.stored.map((id) => `${agent.agentId} ${id}`));
    const before = agents.map(({ stored }) => stored.length);
    await Promise.all(agents.map((agent, i) => agent.storedCount(before[i]! + 10)));
    const underTwo = await namesOf(nats);
    for (const name of toldAtKill) assert.ok(underTwo.has(name), `${name} was acknowledged and is gone`);
    victim.restart();
    await Promise.all(agents.map((agent) => agent.drain()));
    const records = await nats.records("FLEET");
    for (const { agentId, sampled, stored, engine } of agents) {
      const ids = records.filter((record) => record.agentId === agentId).map(({ id }) => id);
      assert.deepEqual(ids, sampled, `${agentId}: once and in order`);
      assert.equal(stored.length, sampled.length);
      assert.equal(engine.counters.dropped, 0);
    }
    for (const server of servers) assert.equal(await server.stop(), 0);
  } finally {
    for (const server of servers) server.end();
    await nats.dispose();
  }
}

async function namesOf(nats: NatsUnderTest): Promise<Set<string>> {
  return new Set((await nats.records("FLEET")).map(({ agentId, id }) => `${agentId} ${id}`));
}

Deno.test({
  name: "three stream nodes, the leader killed under load: nothing acknowledged is lost, nothing stored twice, in order",
  ignore: NATS_SERVER === undefined,
  fn: killLeaderUnderLoad,
});
