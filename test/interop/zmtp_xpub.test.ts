import { describe, expect } from "vitest";
import { Subscriber, XPublisher } from "../../src/node/zmtp/mod.ts";
import { PEERS, type PeerSocket, pattern } from "./peers/peer.ts";
import { connected, heard, Scene, subscribed, texts } from "./scene.ts";

describe.each(PEERS)("XPUB with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe("XPUB tells of subscriptions", () => {
    const listen = async (pub: XPublisher): Promise<[PeerSocket, PeerSocket]> => {
      const endpoint = await pub.bind("tcp://127.0.0.1:0");
      const subs = [await scene.theirs("SUB"), await scene.theirs("SUB")] as [PeerSocket, PeerSocket];
      for (const sub of subs) await sub.connect(endpoint);
      await connected(pub, 2);
      return subs;
    };

    here.each([
      [null, ["\x01a", "\x00a"]],
      ["allSubs", ["\x01a", "\x01a", "\x00a"]],
      ["allSubsUnsubs", ["\x01a", "\x01a", "\x00a", "\x00a"]],
    ] as const)("with verbosity %s", async (verbosity, told) => {
      const pub = scene.ours(new XPublisher({ verbosity }));
      const [one, other] = await listen(pub);
      const seen: string[] = [];
      const steps = [
        () => one.subscribe("a"),
        () => other.subscribe("a"),
        () => one.unsubscribe("a"),
        () => other.unsubscribe("a"),
      ];
      for (const [i, step] of steps.entries()) {
        await step();
        // Behind each step a topic that is always told of: two connections have no order between them.
        await [one, other][i % 2]!.subscribe(`step-${i}`);
        for (;;) {
          const text = texts(await pub.receive())[0]!;
          if (text === `\x01step-${i}`) break;
          seen.push(text);
        }
      }
      expect(seen).toEqual(told);
    });

    here("when a subscriber has gone that was the last one", async () => {
      const pub = scene.ours(new XPublisher());
      const [one, other] = await listen(pub);
      await one.subscribe("a", "b");
      await heard(pub, ["\x01a", "\x01b"]);
      await other.subscribe("b", "c");
      await heard(pub, ["\x01c"]);
      await one.close();
      await heard(pub, ["\x00a"]);
    });

    here("and with manual only subscribes whom the application says", async () => {
      const pub = scene.ours(new XPublisher({ manual: true }));
      const [one, other] = await listen(pub);
      await one.subscribe("a");
      await heard(pub, ["\x01a"]);
      pub.subscribe("b");
      await other.subscribe("a");
      await heard(pub, ["\x01a"]);
      await one.subscribe("b");
      await heard(pub, ["\x01b"]);
      await pub.sendBatch(["a", "b"]);
      expect(await one.receiveText()).toEqual(["b"]);
      expect(await other.receive(50)).toBeUndefined();
    });
  });

  here("onlyFirstSubscribe: what begins as a message is one to its end, and without it no part is", async () => {
    const told = async (onlyFirstSubscribe: boolean, count: number): Promise<string[][]> => {
      const pub = scene.ours(new XPublisher({ onlyFirstSubscribe }));
      const theirSub = await scene.theirs("XSUB");
      await theirSub.connect(await pub.bind("tcp://127.0.0.1:0"));
      await theirSub.send("hello", "\x01a");
      await theirSub.send("\x01b", "\x01c", "more");
      const seen: string[][] = [];
      while (seen.length < count) seen.push(texts(await pub.receive()));
      // What was told as a message subscribes nobody.
      await pub.sendBatch(["a", "c"]);
      seen.push((await theirSub.receiveText()) ?? []);
      return seen;
    };
    expect(await told(true, 4)).toEqual([["hello", "\x01a"], ["\x01b"], ["\x01c"], ["more"], ["c"]]);
    expect(await told(false, 5)).toEqual([["\x01a"], ["hello"], ["\x01b"], ["\x01c"], ["more"], ["a"]]);
  });

  here("a welcome message greets each new subscriber, theirs and ours", async () => {
    const pub = scene.ours(new XPublisher({ welcomeMessage: "hello" }));
    const endpoint = await pub.bind("tcp://127.0.0.1:0");
    const theirSub = await scene.theirs("SUB");
    await theirSub.subscribe("hello");
    await theirSub.connect(endpoint);
    expect(await theirSub.receiveText()).toEqual(["hello"]);

    const theirPub = await scene.theirs("XPUB", { welcomeMessage: "hello" });
    const sub = scene.ours(new Subscriber());
    sub.subscribe("hello");
    sub.connect(await theirPub.bind());
    const first = sub.receive();
    await subscribed(theirPub, 1);
    expect(texts(await first)).toEqual(["hello"]);
  });

  here("with noDrop a send waits until the slow subscriber reads", async () => {
    const pub = scene.ours(new XPublisher({ noDrop: true, sendHighWaterMark: 5 }));
    const endpoint = await pub.bind("tcp://127.0.0.1:0");
    const sub = await scene.theirs("SUB", { receiveHighWaterMark: 5 });
    await sub.subscribe("");
    await sub.connect(endpoint);
    await heard(pub, ["\x01"]);
    let sent = 0;
    while (pub.trySend([String(sent), pattern(100_000)])) {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const blocked = pub.send(String(sent));
    expect(await sub.receiveCounted(sent + 1)).toEqual(Array.from({ length: sent + 1 }, (_, i) => i));
    await blocked;
  });
});
