/** Many peers that do little or nothing: how many there may be, and what each costs. */
import assert from "node:assert/strict";
import { HostilePeer } from "./hostile_peers.ts";
import { goodAgent, TRANSPORTS, times, withServer } from "./hostile_scene.ts";
import { rawMessages } from "./raw_messages.ts";

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
          // Faster than that, some would meet the limit on those whose handshake is not read yet, and have to come again.
          while (idle.length % 500 === 0 && (await server.metric("tidewire_handshakes_total")) <= idle.length);
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
