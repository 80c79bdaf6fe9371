import { describe, expect, it } from "vitest";
import { Publisher, Subscriber, XPublisher, XSubscriber } from "../../src/sockets/mod.ts";
import { receivesNothing, receiveTexts, Scene, settle, texts, until, WAYS } from "./scene.ts";

describe.each(WAYS)("PUB and SUB over %s", (way) => {
  it("deliver what begins with a topic, and nothing without one", async () => {
    const scene = new Scene(way);
    const [pub, sub, silent] = [scene.open(Publisher), scene.open(Subscriber), scene.open(Subscriber)];
    await scene.meet(pub, sub, silent);
    sub.subscribe("ab", new Uint8Array([0, 255]));
    await settle();
    const sent = ["a", "ab", "abc", "b", "", "\u0000"].map((topic) => [topic, `body of ${topic}`]);
    await pub.sendBatch([...sent, [new Uint8Array([0, 255, 1]), "binary"]]);
    expect(await receiveTexts(sub, 3)).toEqual([
      ["ab", "body of ab"],
      ["abc", "body of abc"],
      ["\x00\xff\x01", "binary"],
    ]);
    expect(await receivesNothing(silent)).toBe(true);
  });

  it("deliver each message once, however many topics match, and all to an empty topic", async () => {
    const scene = new Scene(way);
    const [pub, sub] = [scene.open(Publisher), scene.open(Subscriber)];
    await scene.meet(pub, sub);
    sub.subscribe("", "a", "ab", "a");
    await settle();
    await pub.sendBatch(["abc", "x"]);
    expect(await receiveTexts(sub, 2)).toEqual([["abc"], ["x"]]);
    expect(await receivesNothing(sub)).toBe(true);
  });

  it("give each of several peers what is its own, in order, however much is sent in one turn", async () => {
    const scene = new Scene(way);
    const pub = scene.open(Publisher, { sendHighWaterMark: 0 });
    const topics = [["a"], ["a", "b"], ["b"], ["a", "c"]];
    const subs = topics.map((own) => {
      const sub = scene.open(Subscriber, { receiveHighWaterMark: 0 });
      sub.subscribe(...own);
      return sub;
    });
    await scene.meet(pub, ...subs);
    await settle();
    const sizes = [0, 30, 300, 5_000, 17_000];
    const sent = Array.from({ length: 1_500 }, (_, i) => [`${"abc"[i % 3]}${i}`, "x".repeat(sizes[i % 5]!)]);
    for (const message of sent) await pub.send(message);
    for (const [i, own] of topics.entries()) {
      const expected = sent.filter(([topic]) => own.includes(topic![0]!));
      expect(await receiveTexts(subs[i]!, expected.length)).toEqual(expected);
      expect(await receivesNothing(subs[i]!)).toBe(true);
    }
  });

  it("count subscriptions: the last cancel ends them", async () => {
    const scene = new Scene(way);
    const [pub, sub] = [scene.open(Publisher), scene.open(Subscriber)];
    await scene.meet(pub, sub);
    sub.subscribe("a", "a");
    sub.unsubscribe("a");
    await settle();
    await pub.send("a1");
    expect(await receiveTexts(sub, 1)).toEqual([["a1"]]);
    sub.unsubscribe("a");
    sub.unsubscribe("never subscribed");
    await settle();
    await pub.send("a2");
    expect(await receivesNothing(sub)).toBe(true);
  });

  it("do not deliver what was on its way when its topic ended", async () => {
    const scene = new Scene(way);
    const [pub, sub] = [scene.open(Publisher), scene.open(Subscriber)];
    await scene.meet(pub, sub);
    sub.subscribe("a", "b");
    await settle();
    await pub.sendBatch(["a1", "b1"]);
    await settle();
    sub.unsubscribe("a");
    expect(await receiveTexts(sub, 1)).toEqual([["b1"]]);
  });

  it("match 10,000 topics", async () => {
    const scene = new Scene(way);
    const [pub, sub] = [scene.open(Publisher), scene.open(Subscriber)];
    for (let i = 0; i < 10_000; i++) sub.subscribe(`topic/${i}/`);
    await scene.meet(pub, sub);
    await settle();
    await pub.sendBatch(["topic/9999/x", "topic/10000/x", "topic/0/y", "topic/", "topic/77/z"]);
    expect(await receiveTexts(sub, 3)).toEqual([["topic/9999/x"], ["topic/0/y"], ["topic/77/z"]]);
  });

  it("let one subscriber that does not read miss messages, and no other", async () => {
    const scene = new Scene(way);
    const pub = scene.open(Publisher, { sendHighWaterMark: 10 });
    const [slow, quick] = [scene.open(Subscriber, { receiveHighWaterMark: 10 }), scene.open(Subscriber)];
    await scene.meet(pub, slow, quick);
    slow.subscribe();
    quick.subscribe();
    await settle();
    const got: string[] = [];
    quick.onMessages((messages) => void got.push(...messages.map(([part]) => texts([part!])[0]!)));
    const body = new Uint8Array(50_000);
    for (let i = 0; i < 200; i++) {
      await pub.send([String(i), body]);
      // The quick one keeps up.
      await until(() => got.length >= i - 4);
    }
    await until(() => got.length === 200);
    expect(got).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
    const seen: number[] = [];
    for (;;) {
      const message = await slow.receive({ timeoutMs: 50 }).catch(() => undefined);
      if (message === undefined) break;
      seen.push(Number(texts([message[0]!])[0]));
    }
    expect(seen.length).toBeGreaterThan(9);
    expect(seen.length).toBeLessThan(150);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("invert what matches when both sides do", async () => {
    const scene = new Scene(way);
    const pub = scene.open(Publisher, { invertMatching: true });
    const sub = scene.open(Subscriber, { invertMatching: true });
    await scene.meet(pub, sub);
    sub.subscribe("A");
    await settle();
    await pub.sendBatch(["AB", "B", "A"]);
    await pub.send("C");
    expect(await receiveTexts(sub, 2)).toEqual([["B"], ["C"]]);
  });

  it("wait for every subscriber with noDrop", async () => {
    const scene = new Scene(way);
    const pub = scene.open(Publisher, { noDrop: true, sendHighWaterMark: 3 });
    const sub = scene.open(Subscriber, { receiveHighWaterMark: 3 });
    await scene.meet(pub, sub);
    sub.subscribe();
    await settle();
    const body = new Uint8Array(60_000);
    let sent = 0;
    while (way === "pipe" ? pub.trySend([String(sent), body]) : false) sent++;
    const sending = pub.send([String(sent), body]);
    for (let i = 0; i <= sent; i++) expect(texts([(await sub.receive())[0]!])).toEqual([String(i)]);
    await sending;
  });

  it("drop what nobody subscribed to at once", async () => {
    const scene = new Scene(way);
    const pub = scene.open(Publisher, { sendHighWaterMark: 1 });
    for (let i = 0; i < 100; i++) expect(pub.trySend("nobody")).toBe(true);
  });
});

describe.each(WAYS)("XPUB and XSUB over %s", (way) => {
  it("tell the first and the last subscription of a topic", async () => {
    const scene = new Scene(way);
    const xpub = scene.open(XPublisher);
    const [one, two] = [scene.open(Subscriber), scene.open(Subscriber)];
    await scene.meet(xpub, one, two);
    one.subscribe("A");
    await settle();
    two.subscribe("A");
    await settle();
    one.unsubscribe("A");
    await settle();
    two.unsubscribe("A");
    expect(await receiveTexts(xpub, 2)).toEqual([["\x01A"], ["\x00A"]]);
    expect(await receivesNothing(xpub)).toBe(true);
  });

  it.each([
    ["allSubs", ["\x01A", "\x01A", "\x00A"]],
    ["allSubsUnsubs", ["\x01A", "\x01A", "\x00A", "\x00A"]],
  ] as const)("tell more when asked for %s", async (verbosity, told) => {
    const scene = new Scene(way);
    const xpub = scene.open(XPublisher, { verbosity });
    const [one, two] = [scene.open(Subscriber), scene.open(Subscriber)];
    await scene.meet(xpub, one, two);
    for (const act of [() => one.subscribe("A"), () => two.subscribe("A")]) {
      act();
      await settle();
    }
    for (const act of [() => one.unsubscribe("A"), () => two.unsubscribe("A")]) {
      act();
      await settle();
    }
    expect((await receiveTexts(xpub, told.length)).flat()).toEqual(told);
    expect(await receivesNothing(xpub)).toBe(true);
  });

  it("unsubscribe for peers that go", async () => {
    const scene = new Scene(way);
    const xpub = scene.open(XPublisher);
    const [one, two] = [scene.open(Subscriber), scene.open(Subscriber)];
    await scene.meet(xpub, one, two);
    one.subscribe("A", "B");
    two.subscribe("B");
    await receiveTexts(xpub, 2);
    await settle();
    await one.close();
    expect(await receiveTexts(xpub, 1)).toEqual([["\x00A"]]);
    await two.close();
    expect(await receiveTexts(xpub, 1)).toEqual([["\x00B"]]);
  });

  it("leave subscriptions to the application in manual mode", async () => {
    const scene = new Scene(way);
    const xpub = scene.open(XPublisher, { manual: true });
    const sub = scene.open(Subscriber);
    await scene.meet(xpub, sub);
    expect(() => xpub.subscribe("X")).toThrow("sockets/wrong-state");
    sub.subscribe("A");
    sub.subscribe("X");
    expect(await receiveTexts(xpub, 1)).toEqual([["\x01A"]]);
    xpub.subscribe("X");
    await xpub.send("A1");
    await xpub.send("X1");
    expect(await receiveTexts(sub, 1)).toEqual([["X1"]]);
    await receiveTexts(xpub, 1);
    await sub.close();
    expect((await receiveTexts(xpub, 2)).flat().sort()).toEqual(["\x00A", "\x00X"]);
  });

  it("welcome each new subscriber", async () => {
    const scene = new Scene(way);
    const xpub = scene.open(XPublisher, { welcomeMessage: "W" });
    const sub = scene.open(Subscriber);
    sub.subscribe("W");
    await scene.meet(xpub, sub);
    expect(await receiveTexts(sub, 1)).toEqual([["W"]]);
  });

  it("carry messages of subscribers upstream, apart from subscriptions", async () => {
    const scene = new Scene(way);
    const [xpub, xsub] = [scene.open(XPublisher), scene.open(XSubscriber)];
    await scene.meet(xpub, xsub);
    await xsub.send("\u0001A");
    await xsub.send(["hello", "\u0001not a topic"]);
    await xsub.send("\u0000A");
    expect(await receiveTexts(xpub, 1)).toEqual([["\x01A"]]);
    // libzmq takes any part for a subscription unless it is told to look at the first only.
    expect((await receiveTexts(xpub, 3)).flat()).toEqual(["\x01not a topic", "hello", "\x00A"]);
    const strict = scene.open(XPublisher, { onlyFirstSubscribe: true });
    const other = scene.open(XSubscriber);
    await scene.meet(strict, other);
    await other.send(["hello", "\u0001not a topic"]);
    expect(await receiveTexts(strict, 1)).toEqual([["hello", "\x01not a topic"]]);
  });
});
