import assert from "node:assert/strict";
import { zstdCompressor } from "../../deno/zstd.ts";
import { FrameScanner } from "../../src/core/mod.ts";
import { nodeSocketHost } from "../../src/node/zmtp/socket_host.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { SNAPSHOT_FRAMING } from "../../src/protocols/snapshot/wire.ts";
import { Subscriber } from "../../src/sockets/mod.ts";
import { COMMON_FLAGS, ServerUnderTest, serveArgs } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

/** Debian's Python has pyzmq; one of a version manager does not see it. */
const PYTHON = "/usr/bin/python3";

function hasPyzmq(): boolean {
  try {
    return new Deno.Command(PYTHON, { args: ["-c", "import zmq"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** Waits until subscribers are there, as the server sees it. */
async function untilSubscribed(server: ServerUnderTest, count: number): Promise<void> {
  while ((await server.metric("tidewire_subscribers")) < count) await new Promise((resolve) => setTimeout(resolve, 20));
  // The subscription follows the handshake.
  await new Promise((resolve) => setTimeout(resolve, 200));
}

Deno.test("what is stored is published: topic is the agent id, body the frame, parts one by one", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir, ["--publish", "tcp://127.0.0.1:0"]);
  const subscriber = new Subscriber(nodeSocketHost);
  try {
    subscriber.connect(String(server.first("listening")!["publish"]));
    subscriber.subscribe("a");
    await untilSubscribed(server, 1);
    const agents = [await TcpAgent.connect(server.port, "a"), await TcpAgent.connect(server.port, "b")];
    for (const agent of agents) {
      await agent.send(1, 300);
      await agent.send(2, 150_000);
      await agent.storedCount(2);
    }
    const reader = SNAPSHOT_PROTOCOL.createReader({ compressor: zstdCompressor() });
    let whole = 0;
    while (whole < 2) {
      const [topic, frame] = await subscriber.receive({ timeoutMs: 5_000 });
      assert.equal(new TextDecoder().decode(topic), "a");
      const scanner = new FrameScanner(SNAPSHOT_FRAMING);
      scanner.push(frame!);
      const scanned = scanner.next()!;
      assert.equal(scanned.status, "ok");
      const row = reader.read(scanned.bytes);
      assert.equal(row["agentId"], "a");
      if (row["payload"] !== undefined) whole++;
    }
    // Handed out to one of two agents' subscribers only; the other's were published to nobody.
    assert.ok((await server.metric("tidewire_published_frames_total")) >= 4);
    await Promise.all(agents.map((agent) => agent.close()));
    assert.equal(await server.stop(), 0);
  } finally {
    await subscriber.close();
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test({
  name: "five lines of pyzmq follow a fleet",
  ignore: !hasPyzmq(),
  fn: async () => {
    const dir = await Deno.makeTempDir();
    const server = await ServerUnderTest.start(dir, ["--publish", "tcp://127.0.0.1:0"]);
    const script = new URL("./follow.py", import.meta.url).pathname;
    const url = String(server.first("listening")!["publish"]);
    const follower = new Deno.Command(PYTHON, { args: [script, url, "db-"], stdout: "piped" }).spawn();
    try {
      await untilSubscribed(server, 1);
      const agents = [await TcpAgent.connect(server.port, "db-1"), await TcpAgent.connect(server.port, "web-1")];
      for (const agent of agents) {
        await agent.send(1);
        await agent.storedCount(1);
      }
      const { value } = await follower.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
      const [agentId, hex] = value!.trim().split(" ");
      assert.equal(agentId, "db-1");
      const frame = Uint8Array.from(hex!.match(/../g)!, (pair) => Number.parseInt(pair, 16));
      const row = SNAPSHOT_PROTOCOL.createReader({ compressor: zstdCompressor() }).read(frame);
      assert.deepEqual([row["type"], row["agentId"]], ["snapshot", "db-1"]);
      await Promise.all(agents.map((agent) => agent.close()));
      assert.equal(await server.stop(), 0);
    } finally {
      follower.kill();
      await follower.status;
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test("a place that can't be published at ends the start with what to do", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir, ["--publish", "tcp://127.0.0.1:0"]);
  const other = await Deno.makeTempDir();
  try {
    const url = String(server.first("listening")!["publish"]);
    const args = serveArgs(other, [...COMMON_FLAGS, "--publish", url]);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stderr), /server\/address-unusable.*--publish.*address in use/);
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
    await Deno.remove(other, { recursive: true });
  }
});
