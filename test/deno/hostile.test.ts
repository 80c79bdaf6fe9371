/** Peers that mean harm, against the real server: what they make it hold, what they are told, and who suffers (nobody). */
import assert from "node:assert/strict";
import { ERROR_CODES } from "../../src/protocols/snapshot/errors.ts";
import { encodeFrame, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import {
  type Connect,
  compressedFrame,
  HostilePeer,
  joined,
  snapshotPayload,
  zipBombs,
  zstdHandshake,
} from "./hostile_peers.ts";
import { Pki } from "./pki.ts";
import { rawMessages } from "./raw_messages.ts";
import { ServerUnderTest } from "./server_under_test.ts";
import { type ClientTls, TcpAgent } from "./tcp_agent.ts";

const MIB = 1024 * 1024;
const TRANSPORTS = ["plain", "TLS"] as const;

/** A server, a way to it, and the memory that it takes while something goes on. */
interface Scene {
  readonly server: ServerUnderTest;
  readonly connect: Connect;
  readonly tls: ClientTls | undefined;
  /** Looks at the server's memory until `run` ends; the growth of its peak, in MiB. */
  readonly growthMib: (what: string, run: () => Promise<void>) => Promise<number>;
}

async function withServer(
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
async function goodAgent({ server, tls }: Scene): Promise<{ finish: () => Promise<number> }> {
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

async function times<T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, (_, n) => make(n)));
}

/** Beginnings of a conversation, one byte at a time: let go after the handshake's time (spec §6.1). */
async function slowHandshakes({ connect }: Scene): Promise<void> {
  await times(100, async (n) => {
    const peer = await HostilePeer.open(connect);
    await peer.drip(rawMessages(`slow-${n}`).handshake, 400);
    await peer.ended;
    assert.deepEqual(peer.errorCodes, [ERROR_CODES.HANDSHAKE_REQUIRED]);
  });
}

/** Half a frame that never ends costs its sender a connection, and the server no more than those bytes. */
async function unfinishedFrames({ server, connect }: Scene): Promise<void> {
  const peers = await times(50, async (n) => {
    const peer = await HostilePeer.open(connect);
    await peer.write(rawMessages(`half-${n}`).handshake);
    const head = new Uint8Array(200_000);
    new DataView(head.buffer).setUint32(0, 262_000, true);
    await peer.write(head);
    return peer;
  });
  while ((await server.metric("tidewire_reassembly_bytes")) < 50 * 200_000);
  assert.ok((await server.metric("tidewire_reassembly_bytes")) < 50 * 262_144);
  await times(50, async (n) => await peers[n]!.drip(new Uint8Array(20), 100));
  for (const peer of peers) await peer.close();
}

async function oneByteWrites({ connect, server }: Scene): Promise<void> {
  const before = await server.metric("tidewire_snapshots_stored_total");
  const peer = await HostilePeer.open(connect);
  const head = {
    type: "snapshot",
    version: { major: 1, minor: 0 },
    flags: 0,
    platform: PLATFORM_LINUX,
    messageId: new Uint8Array(16).fill(3),
    timestampUtcMs: 0,
    agentId: "one-byte",
    extensions: [],
  } as const;
  const bytes = joined(rawMessages("one-byte").handshake, encodeFrame(head, snapshotPayload(1, 2_000)));
  assert.ok(await peer.drip(bytes, 0));
  while ((await server.metric("tidewire_snapshots_stored_total")) === before);
  await peer.close();
  assert.deepEqual(peer.errorCodes, []);
}

async function zipBombing({ connect, server }: Scene): Promise<void> {
  const bombs = zipBombs();
  await times(20, async (n) => {
    const peer = await HostilePeer.open(connect);
    await peer.write(zstdHandshake(`zip-${n}`));
    for (const [i, bomb] of bombs.entries()) await peer.write(compressedFrame(`zip-${n}`, i, bomb));
    while (peer.errorCodes.length < bombs.length && !peer.isOver) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(peer.errorCodes, [
      ERROR_CODES.PAYLOAD_MALFORMED,
      ERROR_CODES.PAYLOAD_TOO_LARGE,
      ERROR_CODES.PAYLOAD_TOO_LARGE,
      ERROR_CODES.PAYLOAD_TOO_LARGE,
    ]);
    await peer.close();
  });
  assert.equal(await server.metric(`tidewire_snapshots_refused_total{reason="snapshot/payload-too-large"}`), 60);
}

async function lengthBombs({ connect }: Scene): Promise<void> {
  await times(50, async (n) => {
    const peer = await HostilePeer.open(connect);
    if (n % 2 === 0) await peer.write(rawMessages(`length-${n}`).handshake);
    await peer.write(new Uint8Array(100).fill(0xff));
    await peer.ended;
    assert.deepEqual(peer.errorCodes, [ERROR_CODES.FRAME_TOO_LARGE]);
  });
}

/** 80,000 frames of 60 bytes from who reads the answers, and as many as go from who does not. */
async function tinyFrames({ connect, server }: Scene): Promise<void> {
  const batch = 1_000;
  const flood = (agentId: string): Uint8Array => {
    const { heartbeat } = rawMessages(agentId);
    return Uint8Array.from({ length: heartbeat.length * batch }, (_, i) => heartbeat[i % heartbeat.length]!);
  };
  await times(4, async (n) => {
    const peer = await HostilePeer.open(connect);
    await peer.write(rawMessages(`flood-${n}`).handshake);
    while (peer.framesIn === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const bytes = flood(`flood-${n}`);
    // Each is answered; who asks faster than it reads is the deaf one below.
    for (let i = 1; i <= 20; i++) {
      await peer.write(bytes);
      while (peer.framesIn <= i * batch && !peer.isOver) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.deepEqual(peer.errorCodes, []);
    await peer.close();
  });
  const deaf = await connect();
  await deaf.write(rawMessages("deaf").handshake);
  const bytes = flood("deaf");
  await assert.rejects(async () => {
    for (let at = 0; ; at %= bytes.length) at += await deaf.write(bytes.subarray(at));
  });
  deaf.close();
  while ((await server.metric(`tidewire_connections_closed_total{reason="slow-reader"}`)) === 0);
}

/** A TLS handshake that is begun and not gone on with, and one that is none. */
async function brokenTls({ server }: Scene): Promise<void> {
  const address = { hostname: "127.0.0.1", port: server.port };
  await times(60, async (n) => {
    const peer = await HostilePeer.open(() => Deno.connect(address));
    if (n % 3 === 0) await peer.write(Uint8Array.of(0x16, 3, 1));
    else if (n % 3 === 1) await peer.drip(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), 300);
    else await peer.write(new Uint8Array(5_000).fill(0x41));
    await peer.ended;
  });
  assert.equal(await server.metric(`tidewire_tls_failures_total{reason="tls-timeout"}`), 40);
  assert.equal(await server.metric(`tidewire_tls_failures_total{reason="tls-failed"}`), 20);
}

for (const transport of TRANSPORTS) {
  Deno.test(`${transport}: slow, lying, bombing and flooding peers are told so and let go; a good agent loses nothing`, () =>
    // All come from one address here, and each is to be met for itself.
    withServer(transport, ["--address-failures", "100000"], async (scene) => {
      const good = await goodAgent(scene);
      const attacks = [slowHandshakes, unfinishedFrames, oneByteWrites, zipBombing, lengthBombs, tinyFrames];
      if (transport === "TLS") attacks.push(brokenTls);
      const growth = await scene.growthMib("all attacks at once", async () => {
        await Promise.all(attacks.map((attack) => attack(scene)));
      });
      console.log(`${transport}: the good agent had ${await good.finish()} snapshots stored meanwhile`);
      assert.ok(growth < 400, `${growth} MiB`);
      assert.equal(await scene.server.metric("tidewire_half_open_connections"), 0);
      assert.equal(await scene.server.metric("tidewire_reassembly_bytes"), 0);
    }));
}

/** As many as two processes may have open, up to 10,000; TLS costs both sides a millisecond each. */
const IDLE = { plain: 9_990, TLS: 1_000 } as const;
const MIB_EACH = { plain: 0.05, TLS: 0.12 } as const;

for (const transport of TRANSPORTS) {
  Deno.test(`${transport}: ${IDLE[transport]} idle connections`, () =>
    withServer(transport, ["--heartbeat-interval", "60s"], async (scene) => {
      const { server, connect } = scene;
      const good = await goodAgent(scene);
      const idle: Deno.Conn[] = [];
      const growth = await scene.growthMib(`${IDLE[transport]} idle connections`, async () => {
        while (idle.length < IDLE[transport]) {
          const wanted = Math.min(50, IDLE[transport] - idle.length);
          const opened = await times(wanted, async (n) => {
            const connection = await connect();
            await connection.write(rawMessages(`idle-${idle.length + n}`).handshake);
            return connection;
          });
          idle.push(...opened);
        }
        while ((await server.metric("tidewire_handshakes_total")) < IDLE[transport] + 1);
      });
      assert.ok(growth < IDLE[transport] * MIB_EACH[transport] + 50, `${growth} MiB`);
      assert.ok((await good.finish()) > 0);
      for (const connection of idle) connection.close();
      while ((await server.metric("tidewire_connections")) > 0);
    }));
}

Deno.test("connections that say nothing: so many and no more, and a good agent still comes in", () =>
  withServer("plain", ["--max-half-open", "500"], async (scene) => {
    const { server, connect } = scene;
    const silent = await times(500, connect);
    while ((await server.metric("tidewire_half_open_connections")) < 500);
    const over = await times(500, (_) => HostilePeer.open(connect));
    for (const peer of over) await peer.ended;
    assert.equal(await server.metric(`tidewire_connections_refused_total{reason="half-open-limit"}`), 500);
    // One second's worth of log lines, however many there were.
    assert.ok(server.count("connectionRefused") <= 3);
    silent[0]!.close();
    while ((await server.metric("tidewire_half_open_connections")) === 500);
    const good = await goodAgent(scene);
    assert.ok((await good.finish()) > 0);
    for (const connection of silent.slice(1)) connection.close();
  }));

Deno.test("an address whose handshakes fail is turned away for a while", () =>
  withServer("plain", ["--address-failures", "20"], async ({ server, connect }) => {
    for (let n = 0; n < 20; n++) {
      const peer = await HostilePeer.open(connect);
      await peer.write(new Uint8Array(100).fill(0xff));
      await peer.ended;
    }
    const peer = await HostilePeer.open(connect);
    await peer.write(rawMessages("late").handshake);
    await peer.ended;
    assert.equal(await server.metric(`tidewire_connections_refused_total{reason="address-failures"}`), 1);
    // A token comes back every three seconds.
    for (let isIn = false; !isIn; ) {
      const again = await HostilePeer.open(connect);
      await again.write(rawMessages("late").handshake);
      await new Promise((resolve) => setTimeout(resolve, 200));
      isIn = !again.isOver;
      await again.close();
    }
    assert.equal(await server.metric("tidewire_handshakes_total"), 1);
  }));
