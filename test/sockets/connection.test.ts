import { describe, expect, it } from "vitest";
import { Dealer, Publisher, Pull, Push, Router, type SocketEvent, Subscriber } from "../../src/sockets/mod.ts";
import { receivesNothing, receiveTexts, Scene, settle, texts, until } from "./scene.ts";

const QUICK = { reconnectInterval: 1 };

describe("a connection", () => {
  it("may be asked for before anyone is bound", async () => {
    const scene = new Scene();
    const push = scene.open(Push, QUICK);
    push.connect("tcp://127.0.0.1:5");
    await push.sendBatch(["1", "2"]);
    await settle();
    const pull = scene.open(Pull);
    expect(await pull.bind("tcp://127.0.0.1:5")).toBe("tcp://127.0.0.1:5");
    expect((await receiveTexts(pull, 2)).flat()).toEqual(["1", "2"]);
  });

  it("is made again when it breaks; what was queued on the connecting side is sent then", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push, QUICK), scene.open(Pull)];
    await scene.meet(pull, push);
    await push.send("before");
    expect(await receiveTexts(pull, 1)).toEqual([["before"]]);
    const { network } = scene.host;
    network.isDown = true;
    network.cutAll();
    await until(() => push.peers === 0);
    await push.sendBatch(["while it was down 1", "while it was down 2"]);
    network.isDown = false;
    expect(await receiveTexts(pull, 2)).toEqual([["while it was down 1"], ["while it was down 2"]]);
  });

  it("takes what was queued on the bound side with it", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull, { ...QUICK, receiveHighWaterMark: 1 })];
    await scene.meet(push, pull);
    const body = new Uint8Array(300_000);
    let sent = 0;
    while (push.trySend([String(sent), body])) sent++;
    scene.host.network.cutAll();
    await until(() => push.peers === 0);
    expect(push.trySend("nobody there")).toBe(false);
    const after = push.send("after");
    await until(() => push.peers === 1);
    await after;
    const got: string[] = [];
    while (got.at(-1) !== "after") got.push(texts([(await pull.receive({ timeoutMs: 2_000 }))[0]!])[0]!);
    expect(got.length).toBeLessThan(sent);
  });

  it("leaves whole messages that came in to be read after it broke", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull, { ...QUICK, receiveHighWaterMark: 2 })];
    await scene.meet(push, pull);
    await push.sendBatch(Array.from({ length: 50 }, (_, i) => String(i)));
    await settle();
    scene.host.network.isDown = true;
    scene.host.network.cutAll();
    await until(() => pull.peers === 0);
    expect((await receiveTexts(pull, 50)).flat()).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
  });

  it("that was half-way through a message delivers none of it", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push, QUICK), scene.open(Pull)];
    await scene.meet(pull, push);
    const [link] = scene.host.network.open;
    link!.isStalled = true;
    await push.send(["whole"]);
    await push.send(["half", new Uint8Array(100_000), "never"]);
    await settle();
    // All but the last octets arrive.
    const last = link!.written.pop()!;
    link!.written.push(last.subarray(0, last.length - 3));
    link!.release();
    await settle();
    link!.cut("connection reset");
    await until(() => push.peers === 1 && scene.host.network.links.length === 2);
    await push.send("next");
    expect(await receiveTexts(pull, 2)).toEqual([["whole"], ["next"]]);
  });

  it("says its subscriptions again", async () => {
    const scene = new Scene();
    const [pub, sub] = [scene.open(Publisher), scene.open(Subscriber, QUICK)];
    await scene.meet(pub, sub);
    sub.subscribe("a", "b");
    await settle();
    scene.host.network.isDown = true;
    scene.host.network.cutAll();
    await until(() => sub.peers === 0 && pub.peers === 0);
    sub.unsubscribe("b");
    sub.subscribe("c");
    scene.host.network.isDown = false;
    await until(() => sub.peers === 1 && pub.peers === 1);
    await settle();
    await pub.sendBatch(["a1", "b1", "c1"]);
    expect(await receiveTexts(sub, 2)).toEqual([["a1"], ["c1"]]);
  });

  it("keeps a ROUTER's name for a peer that it connects to", async () => {
    const scene = new Scene();
    const [router, dealer] = [scene.open(Router, QUICK), scene.open(Dealer)];
    await scene.meet(dealer, router);
    await dealer.send("hello");
    const [id] = await router.receive();
    scene.host.network.cutAll();
    await until(() => router.peers === 1 && scene.host.network.links.length === 2);
    await router.send([id!, "again"]);
    expect(await receiveTexts(dealer, 1)).toEqual([["again"]]);
  });

  it("with immediate gets no message before it is there, and loses them with itself", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { ...QUICK, immediate: true });
    scene.host.network.isDown = true;
    const pull = scene.open(Pull);
    const endpoint = await scene.bind(pull);
    push.connect(endpoint);
    expect(push.trySend("too soon")).toBe(false);
    const sending = push.send("waits");
    scene.host.network.isDown = false;
    await sending;
    expect(await receiveTexts(pull, 1)).toEqual([["waits"]]);
    const [link] = scene.host.network.open;
    link!.isStalled = true;
    const body = new Uint8Array(400_000);
    while (push.trySend(["lost", body]));
    scene.host.network.isDown = true;
    link!.cut("connection reset");
    await until(() => push.peers === 0);
    expect(push.trySend("nobody there")).toBe(false);
    scene.host.network.isDown = false;
    await until(() => push.peers === 1);
    await push.send("next");
    expect(await receiveTexts(pull, 1)).toEqual([["next"]]);
  });

  it("is dialled after waits that double, with a part of chance, up to the cap", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { reconnectInterval: 4, reconnectMaxInterval: 16 });
    const waits: number[] = [];
    push.events.on("connect:retry", ({ intervalMs }) => waits.push(intervalMs));
    push.connect("tcp://127.0.0.1:5");
    await until(() => waits.length >= 6);
    const bounds = [4, 8, 12, 12, 12, 12];
    for (const [i, bound] of bounds.entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(bound);
      expect(waits[i]).toBeLessThan(bound + 4);
    }
  });

  it("is dialled after no longer than the cap, whatever made the waits grow before", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { reconnectInterval: 2, reconnectMaxInterval: 6, handshakeInterval: 1 });
    const waits: number[] = [];
    push.events.on("connect:retry", ({ intervalMs }) => waits.push(intervalMs));
    const { listeners } = scene.host.network;
    listeners.set("tcp://127.0.0.1:7", {
      onListening() {},
      onAccepted: () => ({ onOpen() {}, onChunk() {}, onChunks() {}, onWritable() {}, onClosed() {} }),
      onAcceptFailed() {},
      onClosed() {},
    });
    push.connect("tcp://127.0.0.1:7");
    await until(() => waits.length === 5);
    expect(waits[4]).toBeGreaterThan(6);
    listeners.delete("tcp://127.0.0.1:7");
    await until(() => waits.length === 8);
    for (const wait of waits.slice(6)) expect(wait).toBeLessThanOrEqual(6);
  });

  it("is not dialled again when the options say so", async () => {
    const scene = new Scene();
    const events: SocketEvent[] = [];
    for (const options of [{ reconnectInterval: -1 }, { ...QUICK, reconnectStop: ["dialFailed"] as const }]) {
      const push = scene.open(Push, options);
      push.events.on("connect:stop", (event) => events.push(event));
      push.connect("tcp://127.0.0.1:5");
    }
    await until(() => events.length === 2);
    await settle();
    expect(scene.host.network.dials).toBe(2);
  });

  it("that is slow to shake hands is given up, and dialled less and less often", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { reconnectInterval: 2, handshakeInterval: 5 });
    const told: SocketEvent[] = [];
    push.events.on("*", (event) => void (event.type.startsWith("connect") || told.push(event)));
    const waits: number[] = [];
    push.events.on("connect:retry", ({ intervalMs }) => waits.push(intervalMs));
    // A listener that never says a word.
    const listener = scene.host.network.listeners;
    listener.set("tcp://127.0.0.1:7", {
      onListening() {},
      onAccepted: () => ({ onOpen() {}, onChunk() {}, onChunks() {}, onWritable() {}, onClosed() {} }),
      onAcceptFailed() {},
      onClosed() {},
    });
    push.connect("tcp://127.0.0.1:7");
    await until(() => waits.length === 4);
    expect(told.every((event) => event.type === "handshake:error:other")).toBe(true);
    expect(waits.map((wait, i) => wait >= 2 << i && wait < (2 << i) + 2)).toEqual([true, true, true, true]);
  });

  it("that is gone touches nothing, however late it speaks", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push, QUICK), scene.open(Pull)];
    await scene.meet(pull, push);
    const [old] = scene.host.network.open;
    const { onChunk, onWritable, onClosed } = old!.other.events!;
    scene.host.network.cutAll();
    await until(() => push.peers === 1 && pull.peers === 1 && scene.host.network.links.length === 2);
    onChunk(new Uint8Array([0, 3, 79, 108, 100]));
    onWritable();
    onClosed("late");
    await push.send("new");
    expect(await receiveTexts(pull, 1)).toEqual([["new"]]);
    expect(await receivesNothing(pull)).toBe(true);
    expect([push.peers, pull.peers]).toEqual([1, 1]);
  });
});

describe("disconnect and unbind", () => {
  it("end what they began, and nothing else", async () => {
    const scene = new Scene();
    const [push, one, two] = [scene.open(Push), scene.open(Pull), scene.open(Pull)];
    const [toOne, toTwo] = [await scene.bind(one), await scene.bind(two)];
    push.connect(toOne);
    push.connect(toTwo);
    await until(() => push.peers === 2);
    push.disconnect(toOne);
    await until(() => push.peers === 1 && one.peers === 0);
    await push.sendBatch(["a", "b"]);
    expect((await receiveTexts(two, 2)).flat()).toEqual(["a", "b"]);
    expect(() => push.disconnect(toOne)).toThrow("sockets/unknown-endpoint");
    await two.unbind(toTwo);
    await until(() => push.peers === 0 && two.peers === 0);
    await expect(two.unbind(toTwo)).rejects.toThrow("sockets/unknown-endpoint");
    await two.bind(toTwo);
    await until(() => push.peers === 1);
  });

  it("let what is unsent go first", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    const endpoint = await scene.meet(pull, push);
    const body = new Uint8Array(100_000);
    let sent = 0;
    while (sent < 30 && push.trySend([String(sent), body])) sent++;
    push.disconnect(endpoint);
    expect(push.trySend("no")).toBe(false);
    for (let i = 0; i < sent; i++) expect(texts([(await pull.receive({ timeoutMs: 2_000 }))[0]!])).toEqual([String(i)]);
    await until(() => pull.peers === 0);
  });

  it("is refused where an address is taken or no transport is there", async () => {
    const scene = new Scene();
    const [one, two] = [scene.open(Pull), scene.open(Pull)];
    const endpoint = await scene.bind(one);
    await expect(two.bind(endpoint)).rejects.toMatchObject({ code: "sockets/bind-failed" });
    await expect(two.bind("ipc:///tmp/x")).rejects.toMatchObject({ code: "sockets/no-transport" });
    expect(() => two.connect("ws://127.0.0.1:1/")).toThrow("sockets/no-transport");
    await expect(two.bind("tcp://nowhere")).rejects.toMatchObject({ code: "sockets/bad-endpoint" });
  });
});
