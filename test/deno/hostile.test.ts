/** Peers that mean harm, against the real server: what they make it hold, what they are told, and who suffers (nobody). */
import assert from "node:assert/strict";
import { ERROR_CODES } from "../../src/protocols/snapshot/errors.ts";
import { encodeFrame, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import { compressedFrame, HostilePeer, joined, snapshotPayload, zipBombs, zstdHandshake } from "./hostile_peers.ts";
import { goodAgent, type Scene, TRANSPORTS, times, withServer } from "./hostile_scene.ts";
import { rawMessages } from "./raw_messages.ts";

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
