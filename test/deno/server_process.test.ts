import assert from "node:assert/strict";
import { FileStore } from "../../deno/file_store.ts";
import { FolderDisk } from "../../deno/folder_disk.ts";
import { SYSTEM_CLOCK } from "../../deno/system_clock.ts";
import { zstdCompressor } from "../../deno/zstd.ts";
import { rawMessages } from "./raw_messages.ts";
import { namesIn } from "./records.ts";
import { ServerUnderTest, serveArgs } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

/** Runs with a folder that is gone afterwards. */
async function withFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(`${dir}/store`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What a folder's store holds, read by the store itself. */
async function storedNames(dir: string): Promise<string[]> {
  const limits = { rotateBytes: 1e9, rotateAgeMs: 1e12, retainBytes: 1e12, retainAgeMs: 1e15 };
  const store = await FileStore.open({
    disk: new FolderDisk(dir),
    clock: SYSTEM_CLOCK,
    compressor: zstdCompressor(),
    limits,
    onEvent: (event) => assert.fail(JSON.stringify(event)),
  });
  const names = await namesIn(store.storedIds());
  await store.close();
  return names;
}

/** Runs a server that is to fail; gives its exit code and what it said. */
async function runToEnd(dir: string, flags: readonly string[]): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: serveArgs(dir, flags) }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("stores what agents send, once, across a restart, and drains on SIGTERM", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const agents = await Promise.all(["a", "b"].map((id) => TcpAgent.connect(server.port, id)));
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) {
      for (const agent of agents) ids.push(await agent.send(n, n % 5 === 0 ? 150_000 : 300));
    }
    await Promise.all(agents.map((agent) => agent.storedCount(20)));
    assert.equal(await server.stop(), 0);
    const line = server.first("stored")!;
    assert.ok(Number(line["wireBytes"]) > 0 && Number(line["latencyMs"]) >= 0);
    assert.equal(line["processes"], 1);
    assert.equal(server.count("stored"), 40);
    for (const agent of agents) {
      assert.equal((await agent.told("serverError")).errorName, "SHUTTING_DOWN");
      await agent.close();
    }
    assert.deepEqual(
      server.lines.slice(-1).map(({ event, drained }) => [event, drained]),
      [["stopped", true]],
    );
    const names = await storedNames(dir);
    assert.equal(new Set(names).size, 40);

    const next = await ServerUnderTest.start(dir);
    assert.equal(next.first("recovered")!["snapshots"], 40);
    const again = await TcpAgent.connect(next.port, "a");
    for (let n = 15; n < 25; n++) await again.send(n);
    await again.storedCount(10);
    await again.close();
    assert.equal(await next.stop(), 0);
    assert.equal(next.count("stored"), 5);
    assert.deepEqual((await storedNames(dir)).slice(0, 40), names);
    assert.equal((await storedNames(dir)).length, 45);
  }));

Deno.test("keeps its files to its own user", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const agent = await TcpAgent.connect(server.port, "a");
    await agent.send(1);
    await agent.storedCount(1);
    await agent.close();
    await server.stop();
    assert.equal((await Deno.stat(dir)).mode! & 0o777, 0o700);
    for await (const { name } of Deno.readDir(dir))
      assert.equal((await Deno.stat(`${dir}/${name}`)).mode! & 0o777, 0o600, name);
  }));

Deno.test("after SIGKILL the folder is free, and a torn tail is cut back", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const agent = await TcpAgent.connect(server.port, "a");
    for (let n = 0; n < 5; n++) await agent.send(n);
    await agent.storedCount(5);
    server.kill("SIGKILL");
    await server.ended();
    await agent.close();
    const [file] = (await Array.fromAsync(Deno.readDir(dir))).filter(({ name }) => name.endsWith(".tide"));
    const path = `${dir}/${file!.name}`;
    const { size } = await Deno.stat(path);
    await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 100), { append: true });
    const next = await ServerUnderTest.start(dir);
    const { event, offset, cutBytes } = next.first("tornTail")!;
    assert.deepEqual({ event, offset, cutBytes }, { event: "tornTail", offset: size, cutBytes: 100 });
    assert.equal(next.first("recovered")!["snapshots"], 5);
    assert.equal((await Deno.stat(path)).size, size);
    await next.stop();
  }));

Deno.test("answers over HTTP", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const agent = await TcpAgent.connect(server.port, "a");
    await agent.send(1);
    await agent.storedCount(1);
    assert.deepEqual(await server.http("/healthz"), { status: 200, text: "ok\n" });
    assert.deepEqual(await server.http("/readyz"), { status: 200, text: "ready\n" });
    assert.equal((await server.http("/nothing")).status, 404);
    assert.equal((await server.http("/metrics", { method: "POST" })).status, 405);
    const { text } = await server.http("/metrics");
    for (const line of ["tidewire_snapshots_stored_total 1", "tidewire_connections 1", "tidewire_ready 1"]) {
      assert.ok(text.split("\n").includes(line), line);
    }
    for (const line of text.trim().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? \S+)$/);
    }
    await agent.close();
    await server.stop();
  }));

Deno.test("says what keeps it from starting, with the exit code for it", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const inUse = await runToEnd(dir, ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    assert.equal(inUse.code, 1);
    assert.match(inUse.stderr, /server\/store-in-use: another server stores into/);
    const other = `${dir}-2`;
    for (const flags of [
      ["--listen", `127.0.0.1:${server.port}`, "--http", "127.0.0.1:0"],
      ["--listen", "127.0.0.1:0", "--http", `127.0.0.1:${server.port}`],
    ]) {
      const taken = await runToEnd(other, flags);
      assert.equal(taken.code, 1);
      assert.match(taken.stderr, new RegExp(`server/port-in-use: port ${server.port} is taken`));
    }
    const usage = await runToEnd(other, ["--listen", "0.0.0.0:0"]);
    assert.equal(usage.code, 2);
    assert.match(usage.stderr, /--insecure-plaintext/);
    await server.stop();
  }));

Deno.test("a peer that sends noise is told so and let go, one that says nothing is dropped; others are unharmed", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const agent = await TcpAgent.connect(server.port, "good");
    const noise = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await noise.write(new Uint8Array(1_000).fill(0xff));
    const answer = new Uint8Array(1_000);
    assert.ok((await noise.read(answer))! > 0, "an Error message comes first");
    assert.equal(await noise.read(answer), null);
    noise.close();
    await agent.send(1);
    await agent.storedCount(1);
    await agent.close();
    await server.loggedTimes("disconnected", 2);
    await server.stop();
    const reasons = server.lines.flatMap(({ event, reason }) => (event === "disconnected" ? [reason] : []));
    assert.deepEqual(reasons.sort(), ["frame-too-large", "peer-closed"]);
    assert.equal(server.first("protocolError")!["code"], "snapshot/frame-too-large");
  }));

Deno.test("a peer that does not read its answers is cut off", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir);
    const peer = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    const { handshake, heartbeat } = rawMessages("deaf");
    await peer.write(handshake);
    const many = new Uint8Array(heartbeat.length * 2_000);
    for (let i = 0; i < 2_000; i++) many.set(heartbeat, i * heartbeat.length);
    await assert.rejects(async () => {
      for (let at = 0; ; at %= many.length) at += await peer.write(many.subarray(at));
    });
    peer.close();
    assert.equal((await server.logged("disconnected"))["reason"], "slow-reader");
    await server.stop();
  }));

const hasPrlimit =
  Deno.build.os === "linux" && (await Deno.stat("/usr/bin/prlimit").catch(() => undefined)) !== undefined;

Deno.test({
  name: "a disk that takes no more: nothing acknowledged, said, and stored once it writes again",
  ignore: !hasPrlimit,
  fn: () =>
    withFolder(async (dir) => {
      // A soft limit on the size of files stands for a full disk: 64 blocks of 512 bytes.
      const server = await ServerUnderTest.start(dir, [], 64);
      const agent = await TcpAgent.connect(server.port, "a");
      let sent = 0;
      while (server.first("storeFailed") === undefined) {
        await agent.send(sent++, 4_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.match(String(server.first("storeFailed")!["reason"]), /too large/i);
      assert.equal((await agent.told("throttle")).throttleDelayMs, 30_000);
      const ready = await server.http("/readyz");
      assert.equal(ready.status, 503);
      assert.match(ready.text, /^store failing: .*too large/i);
      assert.equal((await server.http("/healthz")).status, 200);
      assert.ok(agent.stored.length < sent);
      const args = ["--pid", String(server.pid), "--fsize=unlimited"];
      assert.ok((await new Deno.Command("/usr/bin/prlimit", { args }).output()).success);
      await server.logged("storeRecovered");
      await agent.storedCount(sent);
      assert.equal((await server.http("/readyz")).status, 200);
      await agent.close();
      assert.equal(await server.stop(), 0);
      assert.equal(new Set(await storedNames(dir)).size, sent);
      assert.equal((await storedNames(dir)).length, sent);
    }),
});

Deno.test("a second signal forces the end of a drain", () =>
  withFolder(async (dir) => {
    const server = await ServerUnderTest.start(dir, ["--drain-timeout", "60s"]);
    // A peer that never closes holds the drain up for as long as it may linger.
    const peer = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    while (!(await server.http("/metrics")).text.includes("tidewire_connections 1\n"));
    server.kill("SIGTERM");
    await server.logged("draining");
    server.kill("SIGTERM");
    const code = await server.ended();
    peer.close();
    assert.equal(code, 1);
    const { event, drained } = server.lines.at(-1)!;
    assert.deepEqual({ event, drained }, { event: "stopped", drained: false });
  }));
