import { describe, expect } from "vitest";
import { Dealer, Router } from "../../src/node/zmtp/mod.ts";
import { PEERS, pattern } from "./peers/peer.ts";
import { BINDERS, connected, Scene, texts, until } from "./scene.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(PEERS)("ROUTER with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe.each(BINDERS)("where %s bind", (binder) => {
    here("mandatory: a peer that is not known is an error, as it is once it has gone", async () => {
      const router = scene.ours(new Router({ mandatory: true }));
      await expect(router.send(["one", "lost"])).rejects.toMatchObject({ code: "sockets/host-unreachable" });
      const dealer = await scene.theirs("DEALER", { routingId: "one" });
      await scene.join(router, dealer, binder);
      await router.send(["one", "found"]);
      expect(await dealer.receiveText()).toEqual(["found"]);
      await dealer.close();
      await until(() => router.peers === 0);
      if (binder === "ours") {
        await expect(router.send(["one", "lost"])).rejects.toMatchObject({ code: "sockets/host-unreachable" });
      }
    });

    here("mandatory: a send to a full peer waits until the peer reads", async () => {
      const router = scene.ours(new Router({ mandatory: true, sendHighWaterMark: 5 }));
      const dealer = await scene.theirs("DEALER", { routingId: "one", receiveHighWaterMark: 5 });
      await scene.join(router, dealer, binder);
      let sent = 0;
      while (router.trySend(["one", String(sent), pattern(100_000)])) {
        sent++;
        await new Promise((resolve) => setImmediate(resolve));
      }
      const blocked = router.send(["one", String(sent)]);
      expect(await dealer.receiveCounted(sent + 1)).toEqual(Array.from({ length: sent + 1 }, (_, i) => i));
      await blocked;
    });

    here("not mandatory: drops what is for nobody and what is for a full peer, and an id alone", async () => {
      const router = scene.ours(new Router({ sendHighWaterMark: 5 }));
      const dealer = await scene.theirs("DEALER", { routingId: "one" });
      await scene.join(router, dealer, binder);
      await router.send(["nobody", "lost"]);
      for (let i = 0; i < 100; i++) await router.send(["one", String(i), pattern(100_000)]);
      const numbers = await dealer.receiveCounted(100, { timeoutMs: 300 });
      expect(numbers.length).toBeGreaterThanOrEqual(5);
      expect(numbers.length).toBeLessThan(100);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      await router.send(["one"]);
      await router.send(["one", "last"]);
      expect((await dealer.receiveText())?.at(-1)).toBe("last");
    });

    here("answers by ids of five octets whose first is 0, each peer another", async () => {
      const router = scene.ours(new Router());
      const dealers = [await scene.theirs("DEALER"), await scene.theirs("DEALER"), await scene.theirs("DEALER")];
      for (const [i, dealer] of dealers.entries()) {
        await scene.join(router, dealer, binder);
        await connected(router, i + 1);
        await dealer.send(String(i));
      }
      const ids = new Set<string>();
      for (const _ of dealers) {
        const [id, body] = (await router.receive()) as [Uint8Array, Uint8Array];
        expect([id.length, id[0]]).toEqual([5, 0]);
        ids.add(id.join());
        await router.send([id, "to", body]);
      }
      expect(ids.size).toBe(3);
      for (const [i, dealer] of dealers.entries()) expect(await dealer.receiveText()).toEqual(["to", String(i)]);
    });

    here("is found by a DEALER that probes, and by a ROUTER that probes", async () => {
      const router = scene.ours(new Router());
      const dealer = await scene.theirs("DEALER", { probeRouter: true, routingId: "d" });
      await scene.join(router, dealer, binder);
      // A socket of libzmq greets who connected to it only when it is used.
      const answer = dealer.receiveText();
      expect(texts(await router.receive())).toEqual(["d", ""]);
      await router.send(["d", "seen"]);
      expect(await answer).toEqual(["seen"]);
      const other = await scene.theirs("ROUTER", { probeRouter: true, routingId: "r" });
      await scene.join(router, other, binder);
      const nothing = other.receive(50);
      expect(texts(await router.receive())).toEqual(["r", ""]);
      expect(await nothing).toBeUndefined();
    });

    here("probes a ROUTER of theirs, as a DEALER and as a ROUTER", async () => {
      const theirs = await scene.theirs("ROUTER");
      const ours = [
        scene.ours(new Dealer({ probeRouter: true, routingId: "d" })),
        scene.ours(new Router({ probeRouter: true, routingId: "r" })),
      ];
      for (const one of ours) await scene.join(one, theirs, binder);
      const ids = [await theirs.receiveText(), await theirs.receiveText()].map((parts) => parts?.join());
      expect(ids.toSorted()).toEqual(["d,", "r,"]);
      await theirs.send("r", "seen");
      expect((await ours[1]!.receive()).length).toBe(2);
    });
  });

  here("leaves a second peer of the same id unheard, without handover", async () => {
    const router = scene.ours(new Router());
    const endpoint = await router.bind("tcp://127.0.0.1:0");
    const [first, second] = [
      await scene.theirs("DEALER", { routingId: "same" }),
      await scene.theirs("DEALER", { routingId: "same" }),
    ];
    await first.connect(endpoint);
    await connected(router);
    await second.connect(endpoint);
    await connected(router, 2);
    await second.send("second");
    await first.send("first");
    expect(texts(await router.receive())).toEqual(["same", "first"]);
    await router.send(["same", "answer"]);
    expect(await first.receiveText()).toEqual(["answer"]);
    expect(await second.receive(100)).toBeUndefined();
    await expect(router.receive({ timeoutMs: 100 })).rejects.toMatchObject({ code: "sockets/timed-out" });
  });

  here("gives the id to the newcomer, with handover", async () => {
    const router = scene.ours(new Router({ handover: true }));
    const endpoint = await router.bind("tcp://127.0.0.1:0");
    const [first, second] = [
      await scene.theirs("DEALER", { routingId: "same", reconnectInterval: -1 }),
      await scene.theirs("DEALER", { routingId: "same" }),
    ];
    await first.connect(endpoint);
    await first.send("first");
    expect(texts(await router.receive())).toEqual(["same", "first"]);
    await second.connect(endpoint);
    await second.send("second");
    expect(texts(await router.receive())).toEqual(["same", "second"]);
    await router.send(["same", "answer"]);
    expect(await second.receiveText()).toEqual(["answer"]);
    expect(await first.receive(100)).toBeUndefined();
  });

  here("hands its id over in their ROUTER", async () => {
    const router = await scene.theirs("ROUTER", { handover: true });
    const endpoint = await router.bind();
    const first = scene.ours(new Dealer({ routingId: "same", reconnectInterval: -1 }));
    first.connect(endpoint);
    await first.send("first");
    expect(await router.receiveText()).toEqual(["same", "first"]);
    const second = scene.ours(new Dealer({ routingId: "same" }));
    second.connect(endpoint);
    await second.send("second");
    expect(await router.receiveText()).toEqual(["same", "second"]);
    await router.send("same", "answer");
    expect(texts(await second.receive())).toEqual(["answer"]);
  });

  here("calls a peer what `connect` says, whatever the peer's own id", async () => {
    const router = scene.ours(new Router({ mandatory: true }));
    const dealers = [await scene.theirs("DEALER"), await scene.theirs("DEALER", { routingId: "own" })];
    for (const [i, dealer] of dealers.entries()) {
      router.connect(await dealer.bind(), { routingId: `peer-${i}` });
      // Known at once: the queue is there before the connection.
      await router.send([`peer-${i}`, "hello"]);
      expect(await dealer.receiveText()).toEqual(["hello"]);
      await dealer.send("back");
      expect(texts(await router.receive())).toEqual([`peer-${i}`, "back"]);
    }
  });

  here("is called what their `connect` says", async () => {
    const dealer = scene.ours(new Dealer({ routingId: "own" }));
    const theirs = await scene.theirs("ROUTER");
    await theirs.connect(await dealer.bind("tcp://127.0.0.1:0"), { connectRoutingId: "given" });
    await dealer.send("hello");
    expect(await theirs.receiveText()).toEqual(["given", "hello"]);
  });

  here("drops a reply to a peer that has gone, and goes on", async () => {
    const router = scene.ours(new Router());
    const endpoint = await router.bind("tcp://127.0.0.1:0");
    const [gone, stays] = [await scene.theirs("DEALER"), await scene.theirs("DEALER")];
    await gone.connect(endpoint);
    await gone.send("question");
    const [id] = await router.receive();
    await gone.close();
    await until(() => router.peers === 0);
    await router.send([id!, "answer"]);
    await stays.connect(endpoint);
    await stays.send("next");
    const [other, body] = await router.receive();
    expect(body).toEqual(bytes("next"));
    await router.send([other!, "answer"]);
    expect(await stays.receiveText()).toEqual(["answer"]);
  });
});
