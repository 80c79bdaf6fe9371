import assert from "node:assert/strict";
import { ServerUnderTest } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

Deno.test("/agents tells what each agent's latest snapshot says, and no command line", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir);
  try {
    assert.deepEqual(JSON.parse((await server.http("/agents")).text).agents, []);
    const agents = await Promise.all(["b", "a"].map((id) => TcpAgent.connect(server.port, id)));
    // The second one has parts.
    for (const bytes of [300, 150_000]) {
      for (const agent of agents) {
        await agent.send(1, bytes);
        await agent.storedCount(bytes === 300 ? 1 : 2);
      }
    }
    const { status, text } = await server.http("/agents");
    assert.equal(status, 200);
    const answer = JSON.parse(text);
    assert.ok(Math.abs(answer.timeMs - Date.now()) < 60_000);
    assert.equal(answer.total, 2);
    assert.deepEqual(
      answer.agents.map(({ agentId }: { agentId: string }) => agentId),
      ["a", "b"],
    );
    for (const agent of answer.agents) {
      assert.ok(Math.abs(agent.lastSeenMs - answer.timeMs) < 60_000);
      assert.equal(agent.processes.length, 1);
      assert.deepEqual(Object.keys(agent.processes[0]), ["pid", "name", "cpuPct", "rssBytes"]);
    }
    const one = JSON.parse((await server.http("/agents?limit=1")).text);
    assert.equal(one.agents.length, 1);
    assert.equal(one.total, 2);
    for (const limit of ["0", "10001", "-1", "x", "1e3"]) {
      assert.equal((await server.http(`/agents?limit=${limit}`)).status, 400, limit);
    }
    await Promise.all(agents.map((agent) => agent.close()));
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
