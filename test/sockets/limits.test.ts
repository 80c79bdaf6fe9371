import { describe, expect, it } from "vitest";
import {
  Dealer,
  Publisher,
  Pull,
  Push,
  Router,
  type SocketEvent,
  Subscriber,
  XPublisher,
} from "../../src/sockets/mod.ts";
import { receiveTexts, Scene, settle, until, WAYS } from "./scene.ts";

describe.each(WAYS)("a publisher over %s", (way) => {
  it.each([
    ["sockets/subscription-limit", { maxSubscriptions: 3 }, ["a", "b", "c", "d"]],
    ["sockets/topic-too-long", { maxTopicBytes: 4 }, ["abcde"]],
  ])("ends a peer that goes beyond a limit (%s), and no other", async (code, options, topics) => {
    const scene = new Scene(way);
    for (const Kind of [Publisher, XPublisher]) {
      const pub = scene.open(Kind, options);
      const [greedy, modest] = [scene.open(Subscriber, { reconnectInterval: -1 }), scene.open(Subscriber)];
      await scene.meet(pub, greedy, modest);
      const told: SocketEvent[] = [];
      pub.events.on("disconnect", (event) => told.push(event));
      modest.subscribe("ab");
      greedy.subscribe(...topics);
      await until(() => greedy.peers === 0 && pub.peers === 1);
      if (way === "pipe") expect(told).toMatchObject([{ error: { code } }]);
      await pub.send("abc");
      expect(await receiveTexts(modest, 1)).toEqual([["abc"]]);
    }
  });
});

describe("a socket", () => {
  it("accepts so many peers and no more", async () => {
    const scene = new Scene();
    const pull = scene.open(Pull, { maxPeers: 2 });
    const told: SocketEvent[] = [];
    pull.events.on("accept:error", (event) => told.push(event));
    await scene.meet(pull, scene.open(Push), scene.open(Push));
    const third = scene.open(Push, { reconnectInterval: -1 });
    third.connect(pull.lastEndpoint!);
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ error: { code: "sockets/peer-limit" } }]);
    expect(pull.peers).toBe(2);
  });

  it("keeps so many unsent octets for a peer, whatever their count", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { sendHighWaterMark: 0, maxUnsentBytes: 1_000 });
    push.connect("tcp://127.0.0.1:9");
    let sent = 0;
    while (push.trySend(new Uint8Array(100))) sent++;
    expect(sent).toBe(10);
  });

  it("lets 1,000 messages wait for a peer by default", () => {
    const scene = new Scene();
    const push = scene.open(Push);
    push.connect("tcp://127.0.0.1:9");
    let sent = 0;
    while (push.trySend("x")) sent++;
    expect(sent).toBe(1_000);
  });

  it("sums the marks of both ends with inproc, and takes 0 for no bound", async () => {
    const scene = new Scene("inproc");
    const count = (push: Push): number => {
      let sent = 0;
      while (sent < 5_000 && push.trySend("x")) sent++;
      return sent;
    };
    const push = scene.open(Push, { sendHighWaterMark: 3 });
    await scene.meet(scene.open(Pull, { receiveHighWaterMark: 4 }), push);
    expect(count(push)).toBe(7);
    const free = scene.open(Push, { sendHighWaterMark: 3 });
    await scene.meet(scene.open(Pull, { receiveHighWaterMark: 0 }), free);
    expect(count(free)).toBe(5_000);
  });

  it("goes on when half of what was full is read", async () => {
    const scene = new Scene("inproc");
    const [push, pull] = [scene.open(Push, { sendHighWaterMark: 5 }), scene.open(Pull, { receiveHighWaterMark: 5 })];
    await scene.meet(pull, push);
    while (push.trySend("x"));
    await receiveTexts(pull, 4);
    expect(push.trySend("too soon")).toBe(false);
    await receiveTexts(pull, 1);
    expect(push.trySend("in time")).toBe(true);
  });

  it("never stops for a ROUTER's peer that does not read", async () => {
    const scene = new Scene();
    const router = scene.open(Router, { sendHighWaterMark: 5 });
    const dealer = scene.open(Dealer, { routingId: "d", receiveHighWaterMark: 5 });
    await scene.meet(router, dealer);
    for (let i = 0; i < 2_000; i++) expect(router.trySend(["d", new Uint8Array(10_000)])).toBe(true);
    await settle();
  });
});
