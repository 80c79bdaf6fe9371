import { describe, expect } from "vitest";
import { Dealer, Pull, Push, Router } from "../../src/node/zmtp/mod.ts";
import { PEERS } from "./peers/peer.ts";
import { connected, drained, filled, Scene, texts, until } from "./scene.ts";

const ANY = "tcp://127.0.0.1:0";

describe.each(PEERS)("routing and flow with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  here("mandatory: an unknown peer is an error, else the message is dropped", async () => {
    const strict = scene.ours(new Router({ mandatory: true }));
    await expect(strict.send(["nobody", "hello"])).rejects.toMatchObject({ code: "sockets/host-unreachable" });
    const lax = scene.ours(new Router());
    await lax.send(["nobody", "hello"]);
    const dealer = await scene.theirs("DEALER", { routingId: "somebody" });
    await scene.join(lax, dealer, "ours");
    await until(async () => {
      await lax.send(["somebody", "hello"]);
      return (await dealer.receive(50)) !== undefined;
    });
  });

  here("mandatory: a full peer holds the send back", async () => {
    const router = scene.ours(new Router({ mandatory: true, sendHighWaterMark: 2 }));
    const dealer = await scene.theirs("DEALER", { routingId: "slow", receiveHighWaterMark: 1 });
    await scene.join(router, dealer, "ours");
    const message = ["slow", new Uint8Array(1_000_000)];
    const taken = await filled(() => router.trySend(message));
    expect(taken).toBeGreaterThan(1);
    await expect(router.send(message, { timeoutMs: 20 })).rejects.toMatchObject({ code: "sockets/timed-out" });
    const late = router.send(message);
    for (let i = 0; i < taken; i++) expect((await dealer.receiveDigested())?.[0]?.bytes).toBe(1_000_000);
    await late;
  });

  here("a second peer with the same id is not heard; with handover it takes over", async () => {
    for (const handover of [false, true]) {
      const router = scene.ours(new Router({ handover }));
      const endpoint = await router.bind(ANY);
      let handshakes = 0;
      router.events.on("handshake", () => handshakes++);
      // One that came back would take the id over in its turn.
      const first = await scene.theirs("DEALER", { routingId: "same", reconnectInterval: -1 });
      await first.connect(endpoint);
      await connected(router);
      const second = await scene.theirs("DEALER", { routingId: "same" });
      await second.connect(endpoint);
      await until(() => handshakes === 2);
      await second.send("second");
      if (handover) expect(texts(await router.receive())).toEqual(["same", "second"]);
      await router.send(["same", "for whom?"]);
      const [winner, loser] = handover ? [second, first] : [first, second];
      expect(await winner.receiveText()).toEqual(["for whom?"]);
      expect(await loser.receive(50)).toBeUndefined();
      if (handover) continue;
      await first.send("first");
      expect(texts(await router.receive())).toEqual(["same", "first"]);
    }
  });

  here("probe_router: theirs to ROUTER, ours to theirs", async () => {
    const router = scene.ours(new Router());
    const dealer = await scene.theirs("DEALER", { probeRouter: true, routingId: "prober" });
    await dealer.connect(await router.bind(ANY));
    expect(texts(await router.receive())).toEqual(["prober", ""]);
    const theirs = await scene.theirs("ROUTER");
    const ours = scene.ours(new Dealer({ probeRouter: true, routingId: "ours" }));
    ours.connect(await theirs.bind());
    expect(await theirs.receiveText()).toEqual(["ours", ""]);
  });

  here("connect with a routing id: ROUTER speaks first", async () => {
    const router = scene.ours(new Router({ mandatory: true }));
    const theirs = await scene.theirs("ROUTER", { routingId: "their-own-name" });
    router.connect(await theirs.bind(), { routingId: "backend" });
    await connected(router);
    await router.send(["backend", "hello"]);
    expect((await theirs.receiveText())?.[1]).toBe("hello");
  });

  here("a peer that goes away before its reply leaves ROUTER unharmed", async () => {
    const router = scene.ours(new Router());
    const endpoint = await router.bind(ANY);
    const gone = await scene.theirs("DEALER", { routingId: "gone" });
    await gone.connect(endpoint);
    await gone.send("q");
    await router.receive();
    await gone.close();
    await until(() => router.peers === 0);
    await router.send(["gone", "late"]);
    const next = await scene.theirs("DEALER", { routingId: "next" });
    await next.connect(endpoint);
    await next.send("q");
    await router.send([(await router.receive())[0]!, "a"]);
    expect(await next.receiveText()).toEqual(["a"]);
  });

  here("three of their PULL get one message after the other", async () => {
    const push = scene.ours(new Push());
    const endpoint = await push.bind(ANY);
    const pulls = await Promise.all([1, 2, 3].map(() => scene.theirs("PULL")));
    for (const pull of pulls) await pull.connect(endpoint);
    await connected(push, 3);
    for (let i = 0; i < 30; i++) await push.send(String(i));
    const got = await Promise.all(pulls.map((pull) => pull.receiveCounted(10)));
    for (const numbers of got)
      expect(numbers.map((one) => one - numbers[0]!)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
    expect(got.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  here("one of their PUSH that floods does not silence another", async () => {
    const pull = scene.ours(new Pull({ receiveHighWaterMark: 100 }));
    const endpoint = await pull.bind(ANY);
    const [flood, quiet] = [await scene.theirs("PUSH"), await scene.theirs("PUSH")];
    await flood.connect(endpoint);
    await quiet.connect(endpoint);
    await connected(pull, 2);
    const flooding = flood.sendCounted(3_000, { head: ["flood"], size: 1_000 });
    await until(async () => texts(await pull.receive())[1] === "500");
    await quiet.sendCounted(10, { head: ["quiet"], size: 10 });
    let before = 0;
    for (let heard = 0; heard < 10; ) {
      if (texts(await pull.receive())[0] === "quiet") heard++;
      else before++;
    }
    // Fair: about one of the flood's for each; what was on its way already comes on top.
    expect(before).toBeLessThan(1_500);
    await drained(pull);
    await flooding;
  });

  here("a high-water mark holds PUSH back until their PULL reads", async () => {
    const push = scene.ours(new Push({ sendHighWaterMark: 5 }));
    const pull = await scene.theirs("PULL", { receiveHighWaterMark: 5 });
    await scene.join(push, pull, "ours");
    const body = new Uint8Array(500_000);
    let next = 0;
    const sent = await filled(() => push.trySend([String(next), body]) && ++next > 0);
    const waiting = push.send([String(sent), body]);
    await expect(push.send("too late", { timeoutMs: 10 })).rejects.toMatchObject({ code: "sockets/timed-out" });
    expect(await pull.receiveCounted(sent + 1)).toEqual(Array.from({ length: sent + 1 }, (_, i) => i));
    await waiting;
  });

  here("their PUSH is held back until PULL reads, and nothing is lost", async () => {
    const pull = scene.ours(new Pull({ receiveHighWaterMark: 5 }));
    const push = await scene.theirs("PUSH", { sendHighWaterMark: 5 });
    await scene.join(pull, push, "theirs");
    const sending = push.sendCounted(200, { size: 100_000 });
    for (let i = 0; i < 200; i++) expect(texts((await pull.receive()).slice(0, 1))).toEqual([String(i)]);
    await sending;
  });
});
