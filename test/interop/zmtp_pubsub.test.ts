import { describe, expect } from "vitest";
import { Publisher, Subscriber, XPublisher, XSubscriber } from "../../src/node/zmtp/mod.ts";
import { PEERS, pattern } from "./peers/peer.ts";
import { BINDERS, connected, heard, Scene, subscribed, texts, until } from "./scene.ts";

describe.each(PEERS)("subscriptions with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe.each(BINDERS)("where %s bind", (binder) => {
    here("PUB sends their SUB what its topics match, once each, and stops at a cancel", async () => {
      const pub = scene.ours(new XPublisher());
      const sub = await scene.theirs("SUB");
      await scene.join(pub, sub, binder);
      await sub.subscribe("a", "ab", "a", "x\x00");
      const first = sub.receiveText();
      await heard(pub, ["\x01a", "\x01ab", "\x01x\x00"]);
      await pub.sendBatch([["b"], ["abc", "once"], ["x"], ["x\x00y", "binary"]]);
      expect(await first).toEqual(["abc", "once"]);
      expect(await sub.receiveText()).toEqual(["x\x00y", "binary"]);
      // One of the two "a" is taken back: the other one stays.
      await sub.unsubscribe("a", "ab");
      await heard(pub, ["\x00ab"]);
      await pub.send("abc");
      expect(await sub.receiveText()).toEqual(["abc"]);
      await sub.unsubscribe("a");
      await heard(pub, ["\x00a"]);
      await pub.sendBatch(["abc", "x\x00end"]);
      expect(await sub.receiveText()).toEqual(["x\x00end"]);
    });

    here("SUB gets from their PUB what its topics match, once each, and no more after a cancel", async () => {
      const pub = await scene.theirs("XPUB");
      const sub = scene.ours(new Subscriber());
      await scene.join(sub, pub, binder);
      sub.subscribe("a", "ab", "a", "x\x00");
      expect(await subscribed(pub, 3)).toEqual(["\x01a", "\x01ab", "\x01x\x00"]);
      for (const topic of ["b", "abc", "x", "x\x00y"]) await pub.send(topic, "body");
      expect(texts(await sub.receive())).toEqual(["abc", "body"]);
      expect(texts(await sub.receive())).toEqual(["x\x00y", "body"]);
      sub.unsubscribe("a", "ab");
      expect(await subscribed(pub, 1)).toEqual(["\x00ab"]);
      await pub.send("abc");
      expect(texts(await sub.receive())).toEqual(["abc"]);
      sub.unsubscribe("a");
      expect(await subscribed(pub, 1)).toEqual(["\x00a"]);
      await pub.send("abc");
      await pub.send("x\x00end");
      expect(texts(await sub.receive())).toEqual(["x\x00end"]);
    });

    here("the empty topic is everything, an empty message too", async () => {
      const pub = scene.ours(new XPublisher());
      const theirSub = await scene.theirs("SUB");
      await scene.join(pub, theirSub, binder);
      await theirSub.subscribe("");
      const first = theirSub.receiveText();
      await heard(pub, ["\x01"]);
      await pub.sendBatch(["", ["", "x"]]);
      expect([await first, await theirSub.receiveText()]).toEqual([[""], ["", "x"]]);

      const theirPub = await scene.theirs("XPUB");
      const sub = scene.ours(new Subscriber());
      await scene.join(sub, theirPub, binder);
      sub.subscribe();
      expect(await subscribed(theirPub, 1)).toEqual(["\x01"]);
      await theirPub.send("");
      await theirPub.send("", "x");
      expect([texts(await sub.receive()), texts(await sub.receive())]).toEqual([[""], ["", "x"]]);
    });

    here("XSUB and XPUB: subscriptions down, other messages up", async () => {
      const xsub = scene.ours(new XSubscriber());
      const theirPub = await scene.theirs("XPUB");
      await scene.join(xsub, theirPub, binder);
      await xsub.send("\x01a");
      await xsub.send(["upstream", "message"]);
      await xsub.send("\x00a");
      expect(await theirPub.receiveText()).toEqual(["\x01a"]);
      expect(await theirPub.receiveText()).toEqual(["upstream", "message"]);
      expect(await theirPub.receiveText()).toEqual(["\x00a"]);

      const xpub = scene.ours(new XPublisher());
      const theirSub = await scene.theirs("XSUB");
      await scene.join(xpub, theirSub, binder);
      await theirSub.send("\x01a");
      await theirSub.send("upstream", "message");
      await heard(xpub, ["\x01a", "upstream"]);
      await theirSub.send("\x00a");
      await heard(xpub, ["\x00a"]);
    });

    here("conflate: only the last message is kept", async () => {
      const pub = scene.ours(new Publisher());
      const theirSub = await scene.theirs("SUB", { conflate: true });
      await scene.join(pub, theirSub, binder);
      await theirSub.subscribe("");
      await until(async () => {
        await pub.send("ready");
        return (await theirSub.receive(20)) !== undefined;
      });
      await pub.sendBatch(["1", "2", "3"]);
      let last: string[] | undefined;
      await until(async () => {
        last = await theirSub.receiveText();
        return last?.[0] === "3";
      });
      expect(await theirSub.receive(50)).toBeUndefined();

      const theirPub = await scene.theirs("XPUB");
      const sub = scene.ours(new Subscriber({ conflate: true }));
      await scene.join(sub, theirPub, binder);
      sub.subscribe("");
      expect(await subscribed(theirPub, 1)).toEqual(["\x01"]);
      await theirPub.sendCounted(500);
      await until(async () => texts(await sub.receive())[0] === "499");
      await expect(sub.receive({ timeoutMs: 50 })).rejects.toMatchObject({ code: "sockets/timed-out" });
    });

    here("invertMatching on both sides: what no topic matches", async () => {
      const pub = scene.ours(new XPublisher({ invertMatching: true }));
      const theirSub = await scene.theirs("SUB", { invertMatching: true });
      await scene.join(pub, theirSub, binder);
      await theirSub.subscribe("a");
      const first = theirSub.receiveText();
      await heard(pub, ["\x01a"]);
      await pub.sendBatch(["ab", "ba"]);
      expect(await first).toEqual(["ba"]);

      const theirPub = await scene.theirs("XPUB", { invertMatching: true });
      const sub = scene.ours(new Subscriber({ invertMatching: true }));
      await scene.join(sub, theirPub, binder);
      sub.subscribe("a");
      expect(await subscribed(theirPub, 1)).toEqual(["\x01a"]);
      for (const topic of ["ab", "ba"]) await theirPub.send(topic);
      expect(texts(await sub.receive())).toEqual(["ba"]);
    });
  });

  here(
    "10,000 topics reach a publisher, and each finds its subscriber",
    async () => {
      const topics = Array.from({ length: 10_000 }, (_, i) => `topic-${i};`);
      const probes = [0, 1, 4_999, 9_999];
      const pub = scene.ours(new XPublisher());
      const theirSub = await scene.theirs("SUB", { receiveHighWaterMark: 0 });
      await scene.join(pub, theirSub, "ours");
      // libzmq drops subscriptions beyond its mark of unsent messages.
      for (let i = 0; i < topics.length; i += 400) {
        const some = topics.slice(i, i + 400);
        await theirSub.subscribe(...some);
        const nothing = theirSub.receive(1);
        for (const _ of some) await pub.receive();
        await nothing;
      }
      const first = theirSub.receiveText();
      for (const i of probes) await pub.sendBatch([`topic-${i}.`, topics[i]!]);
      expect(await first).toEqual([topics[0]]);
      for (const i of probes.slice(1)) expect(await theirSub.receiveText()).toEqual([topics[i]]);

      const theirPub = await scene.theirs("XPUB", { receiveHighWaterMark: 0 });
      const sub = scene.ours(new Subscriber());
      await scene.join(sub, theirPub, "theirs");
      sub.subscribe(...topics);
      expect((await subscribed(theirPub, topics.length)).toSorted()).toEqual(
        topics.map((topic) => `\x01${topic}`).toSorted(),
      );
      for (const i of probes) await theirPub.send(topics[i]!);
      for (const i of probes) expect(texts(await sub.receive())).toEqual([topics[i]]);
    },
    20_000,
  );

  here(
    "a subscriber that does not read goes without, the others get all",
    async () => {
      const pub = scene.ours(new Publisher({ sendHighWaterMark: 10 }));
      const endpoint = await pub.bind("tcp://127.0.0.1:0");
      const [slow, quick] = [
        await scene.theirs("SUB", { receiveHighWaterMark: 1 }),
        await scene.theirs("SUB", { receiveHighWaterMark: 0 }),
      ];
      for (const sub of [slow, quick]) {
        await sub.subscribe("");
        await sub.connect(endpoint);
      }
      await connected(pub, 2);
      await until(async () => {
        await pub.send("0");
        return (await quick.receive(20)) !== undefined;
      });
      while ((await quick.receive(50)) !== undefined);
      const numbers: number[] = [];
      for (let i = 0; i < 200; i++) {
        await pub.send([String(i), pattern(100_000)]);
        numbers.push(...(await quick.receiveCounted(1)));
      }
      expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i));
      expect(pub.droppedMessages).toBeGreaterThan(0);
    },
    20_000,
  );

  here("subscriptions are said again after each reconnect, on both sides", async () => {
    const sub = scene.ours(new Subscriber({ reconnectInterval: 20 }));
    sub.subscribe("a", "b", "a");
    let theirPub = await scene.theirs("XPUB");
    const endpoint = await theirPub.bind();
    sub.connect(endpoint);
    expect((await subscribed(theirPub, 2)).toSorted()).toEqual(["\x01a", "\x01b"]);
    await theirPub.close();
    sub.unsubscribe("b");
    theirPub = await scene.theirs("XPUB");
    await scene.rebind(theirPub, endpoint);
    expect(await subscribed(theirPub, 1)).toEqual(["\x01a"]);
    await theirPub.send("abc");
    expect(texts(await sub.receive())).toEqual(["abc"]);

    const theirSub = await scene.theirs("SUB", { reconnectInterval: 20 });
    await theirSub.subscribe("a");
    let pub = scene.ours(new XPublisher());
    const ours = await pub.bind("tcp://127.0.0.1:0");
    await theirSub.connect(ours);
    await heard(pub, ["\x01a"]);
    // A socket of libzmq says its topics again only when it is used.
    const again = theirSub.receiveText();
    await pub.close();
    pub = scene.ours(new XPublisher());
    await scene.rebind(pub, ours);
    await heard(pub, ["\x01a"]);
    await pub.send("abc");
    expect(await again).toEqual(["abc"]);
  });
});
