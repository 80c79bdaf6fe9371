import { describe, expect } from "vitest";
import { Publisher, Subscriber, XPublisher, XSubscriber } from "../../src/node/zmtp/mod.ts";
import { PEERS } from "./peers/peer.ts";
import { BINDERS, connected, drained, Scene, texts, until } from "./scene.ts";

const ANY = "tcp://127.0.0.1:0";

describe.each(PEERS)("PUB and SUB with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe.each(BINDERS)("%s bind", (binder) => {
    here("their SUB hears what it asked for: overlapping, doubled, empty and cancelled topics", async () => {
      const pub = scene.ours(new XPublisher());
      const sub = await scene.theirs("SUB");
      await scene.join(pub, sub, binder);
      // What came in by a bind is known to libzmq's socket only after it has been asked something.
      await sub.receive(20);
      const ask = async (topic: string, on: boolean): Promise<void> => {
        await (on ? sub.subscribe(topic) : sub.unsubscribe(topic));
        expect((await pub.receive())[0]).toEqual(new Uint8Array([on ? 1 : 0, ...new TextEncoder().encode(topic)]));
      };
      await ask("a", true);
      await ask("ab", true);
      await pub.sendBatch([
        ["abc", "1"],
        ["b", "2"],
        ["a", "3"],
      ]);
      expect([await sub.receiveText(), await sub.receiveText()]).toEqual([
        ["abc", "1"],
        ["a", "3"],
      ]);
      await ask("a", false);
      await pub.sendBatch([
        ["a", "4"],
        ["ab", "5"],
      ]);
      expect(await sub.receiveText()).toEqual(["ab", "5"]);
      await ask("", true);
      await pub.send(["zzz", "6"]);
      expect(await sub.receiveText()).toEqual(["zzz", "6"]);
    });

    here("SUB hears their XPUB, and asks and cancels as libzmq does", async () => {
      const sub = scene.ours(new Subscriber());
      const pub = await scene.theirs("XPUB", { verbosity: "allSubsUnsubs" });
      sub.subscribe("a", "a", "b");
      await scene.join(sub, pub, binder);
      const heard = [await pub.receiveText(), await pub.receiveText()];
      expect(heard.sort()).toEqual([["\u0001a"], ["\u0001b"]]);
      await pub.send("ax", "1");
      expect(texts(await sub.receive())).toEqual(["ax", "1"]);
      // Counted here: the first one says nothing to the peer.
      sub.unsubscribe("a");
      sub.unsubscribe("a");
      expect(await pub.receiveText()).toEqual(["\u0000a"]);
      await pub.send("ax", "2");
      await pub.send("b", "3");
      expect(texts(await sub.receive())).toEqual(["b", "3"]);
    });

    here("XSUB and their XPUB: topics, and messages upstream", async () => {
      const xsub = scene.ours(new XSubscriber());
      const xpub = await scene.theirs("XPUB");
      await scene.join(xsub, xpub, binder);
      await xsub.send(new Uint8Array([1, 65]));
      expect(await xpub.receiveText()).toEqual(["\u0001A"]);
      await xsub.send(["upstream", "2"]);
      expect(await xpub.receiveText()).toEqual(["upstream", "2"]);
      await xpub.send("AB", "down");
      expect(texts(await xsub.receive())).toEqual(["AB", "down"]);
    });

    here("XPUB and their XSUB", async () => {
      const xpub = scene.ours(new XPublisher());
      const xsub = await scene.theirs("XSUB");
      await scene.join(xpub, xsub, binder);
      await xsub.send(new Uint8Array([1, 65]));
      expect((await xpub.receive())[0]).toEqual(new Uint8Array([1, 65]));
      await xsub.send("upstream");
      expect(texts(await xpub.receive())).toEqual(["upstream"]);
      await xpub.sendBatch([
        ["B", "no"],
        ["A", "yes"],
      ]);
      expect(await xsub.receiveText()).toEqual(["A", "yes"]);
    });
  });

  here("10,000 topics of their SUB, and of ours", async () => {
    const topics = Array.from({ length: 10_000 }, (_, i) => `topic/${i}/`);
    const pub = scene.ours(new XPublisher({ receiveHighWaterMark: 0 }));
    const theirSub = await scene.theirs("SUB");
    await scene.join(pub, theirSub, "ours");
    // libzmq drops subscriptions beyond its high-water mark, 1,000, without a word; asking for a message lets it see what has left.
    for (let first = 0; first < topics.length; first += 500) {
      await theirSub.subscribe(...topics.slice(first, first + 500));
      for (let heard = 0; heard < 500; ) heard += (await pub.receiveBatch(500)).length;
      await theirSub.receive(1);
    }
    await pub.sendBatch([["topic/none/"], ["topic/9999/x"], ["topic/99/y"]]);
    expect([await theirSub.receiveText(), await theirSub.receiveText()]).toEqual([["topic/9999/x"], ["topic/99/y"]]);

    const sub = scene.ours(new Subscriber());
    const theirPub = await scene.theirs("XPUB");
    sub.subscribe(...topics);
    sub.connect(await theirPub.bind());
    await connected(sub);
    await until(async () => {
      await theirPub.send("topic/4321/x");
      return (await drained(sub, 20)).length > 0;
    });
  });

  here("SUB asks again after their PUB came back", async () => {
    const sub = scene.ours(new Subscriber({ reconnectInterval: 20 }));
    sub.subscribe("a");
    const first = await scene.theirs("XPUB");
    const endpoint = await first.bind();
    sub.connect(endpoint);
    expect(await first.receiveText()).toEqual(["\u0001a"]);
    await first.close();
    await until(() => sub.peers === 0);
    sub.subscribe("b");
    const second = await scene.theirs("XPUB");
    await until(() =>
      second.bind(endpoint).then(
        () => true,
        () => false,
      ),
    );
    expect([await second.receiveText(), await second.receiveText()]).toEqual([["\u0001a"], ["\u0001b"]]);
    await second.send("b", "again");
    expect(texts(await sub.receive())).toEqual(["b", "again"]);
  });

  here("a slow SUB of theirs loses messages, the fast one beside it none", async () => {
    const pub = scene.ours(new XPublisher({ sendHighWaterMark: 10 }));
    const endpoint = await pub.bind(ANY);
    const slow = await scene.theirs("SUB", { receiveHighWaterMark: 2 });
    const fast = await scene.theirs("SUB", { receiveHighWaterMark: 0 });
    for (const [sub, topic] of [
      [slow, "s"],
      [fast, "f"],
    ] as const) {
      await sub.subscribe("", topic);
      await sub.connect(endpoint);
    }
    // Three topics: the empty one is told once.
    for (let i = 0; i < 3; i++) await pub.receive();
    const body = new Uint8Array(1_000_000);
    let taken = 0;
    for (let i = 0; i < 60; i++) {
      await pub.send([String(i), body]);
      taken += (await fast.receiveCounted(1)).length;
    }
    expect(taken).toBe(60);
    const late = await slow.receiveCounted(60, { timeoutMs: 300 });
    expect(late.length).toBeLessThan(60);
    expect(late).toEqual([...new Set(late)].sort((a, b) => a - b));
  });

  here("XPUB's options: verbose, manual, welcome", async () => {
    const verbose = scene.ours(new XPublisher({ verbosity: "allSubs", welcomeMessage: "welcome" }));
    const endpoint = await verbose.bind(ANY);
    for (let i = 0; i < 2; i++) {
      const sub = await scene.theirs("SUB");
      await sub.subscribe("welcome");
      await sub.connect(endpoint);
      expect((await verbose.receive())[0]![0]).toBe(1);
      expect(await sub.receiveText()).toEqual(["welcome"]);
    }
    const manual = scene.ours(new XPublisher({ manual: true }));
    const sub = await scene.theirs("SUB");
    await scene.join(manual, sub, "ours");
    await sub.subscribe("", "A");
    expect(texts(await manual.receive())).toEqual(["\u0001"]);
    manual.subscribe("B");
    expect(texts(await manual.receive())).toEqual(["\u0001A"]);
    await manual.sendBatch([["A"], ["B"]]);
    expect(await sub.receiveText()).toEqual(["B"]);
  });

  here("invert_matching on both sides; conflate keeps the last message", async () => {
    const pub = scene.ours(new Publisher({ invertMatching: true }));
    const sub = await scene.theirs("SUB", { invertMatching: true });
    await sub.subscribe("not-me");
    await scene.join(pub, sub, "ours");
    await until(async () => {
      await pub.sendBatch([
        ["not-me", "1"],
        ["me", "2"],
      ]);
      return (await sub.receive(20)) !== undefined;
    });
    const last = scene.ours(new Subscriber({ conflate: true }));
    last.subscribe();
    const theirPub = await scene.theirs("XPUB");
    await scene.join(last, theirPub, "theirs");
    expect(await theirPub.receiveText()).toEqual(["\u0001"]);
    await theirPub.sendCounted(100);
    const heard = await drained(last);
    expect(heard.at(-1)).toEqual(["99"]);
    expect(heard.length).toBeLessThan(100);
  });
});
