import { describe, expect, it } from "vitest";
import { Dealer, Router } from "../../src/sockets/mod.ts";
import { receivesNothing, receiveTexts, Scene, settle, texts, until, WAYS } from "./scene.ts";

describe.each(WAYS)("DEALER and ROUTER over %s", (way) => {
  it("put the sender's id in front and send by it", async () => {
    const scene = new Scene(way);
    const router = scene.open(Router);
    const [one, two] = [scene.open(Dealer, { routingId: "one" }), scene.open(Dealer, { routingId: "two" })];
    await scene.meet(router, one, two);
    await one.send(["a", "b"]);
    await two.send("c");
    expect(await receiveTexts(router, 2)).toEqual([
      ["one", "a", "b"],
      ["two", "c"],
    ]);
    await router.send(["two", "for", "two"]);
    await router.send(["one", "for one"]);
    expect(await receiveTexts(one, 1)).toEqual([["for one"]]);
    expect(await receiveTexts(two, 1)).toEqual([["for", "two"]]);
  });

  it("make ids of five octets that begin with 0 for peers that have none", async () => {
    const scene = new Scene(way);
    const router = scene.open(Router);
    const dealers = [scene.open(Dealer), scene.open(Dealer)];
    await scene.meet(router, ...dealers);
    for (const dealer of dealers) await dealer.send("hello");
    const ids = [(await router.receive())[0]!, (await router.receive())[0]!];
    expect(ids.map((id) => [id.length, id[0]])).toEqual([
      [5, 0],
      [5, 0],
    ]);
    const numbers = ids.map((id) => new DataView(id.buffer, id.byteOffset).getUint32(1));
    expect((numbers[1]! - numbers[0]!) >>> 0).toBe(1);
    await router.send([ids[1]!, "second"]);
    expect(await receiveTexts(dealers[1]!, 1)).toEqual([["second"]]);
  });

  it("drop what goes to nobody, and an id alone", async () => {
    const scene = new Scene(way);
    const [router, dealer] = [scene.open(Router), scene.open(Dealer, { routingId: "d" })];
    await scene.meet(router, dealer);
    await router.send(["nobody", "x"]);
    await router.send("d");
    await router.send(["d", ""]);
    expect(await receiveTexts(dealer, 1)).toEqual([[""]]);
  });

  it("say so when mandatory: unknown peers at once, full ones by waiting", async () => {
    const scene = new Scene(way);
    const router = scene.open(Router, { mandatory: true, sendHighWaterMark: 2 });
    const dealer = scene.open(Dealer, { routingId: "d", receiveHighWaterMark: 2 });
    await scene.meet(router, dealer);
    await expect(router.send(["nobody", "x"])).rejects.toMatchObject({ code: "sockets/host-unreachable" });
    expect(() => router.trySend(["nobody", "x"])).toThrow("sockets/host-unreachable");
    const body = new Uint8Array(100_000);
    let sent = 0;
    while (router.trySend(["d", String(sent), body])) sent++;
    const waiting = router.send(["d", "last", body]);
    await expect(router.send(["d", "no", body], { timeoutMs: 0 })).rejects.toThrow("sockets/would-block");
    for (let i = 0; i < sent; i++) expect(texts([(await dealer.receive())[0]!])).toEqual([String(i)]);
    await waiting;
    expect(texts([(await dealer.receive())[0]!])).toEqual(["last"]);
  });

  it("leave a second peer of the same id unheard", async () => {
    const scene = new Scene(way);
    const router = scene.open(Router);
    const [first, second] = [scene.open(Dealer, { routingId: "same" }), scene.open(Dealer, { routingId: "same" })];
    await scene.meet(router, first, second);
    await second.send("from the second");
    await first.send("from the first");
    expect(await receiveTexts(router, 1)).toEqual([["same", "from the first"]]);
    expect(await receivesNothing(router)).toBe(true);
    await router.send(["same", "hello"]);
    expect(await receiveTexts(first, 1)).toEqual([["hello"]]);
    expect(second.peers).toBe(1);
  });

  it("hand an id over to the newcomer when asked to", async () => {
    const scene = new Scene(way);
    const router = scene.open(Router, { handover: true });
    const options = { routingId: "same", reconnectInterval: -1 };
    const [first, second] = [scene.open(Dealer, options), scene.open(Dealer, options)];
    await scene.meet(router, first);
    await first.send("early");
    await settle();
    second.connect(router.lastEndpoint!);
    await until(() => second.peers === 1 && first.peers === 0);
    await second.send("late");
    const got = await receiveTexts(router, 2);
    // The older one's message is still there, under another name.
    expect(got.map(([, body]) => body)).toEqual(["early", "late"]);
    expect(got[0]![0]).toHaveLength(5);
    expect(got[1]![0]).toBe("same");
    await router.send(["same", "hello"]);
    expect(await receiveTexts(second, 1)).toEqual([["hello"]]);
  });

  it("probe new peers with an empty message", async () => {
    const scene = new Scene(way);
    const router = scene.open(Router);
    const dealer = scene.open(Dealer, { routingId: "d", probeRouter: true });
    await scene.meet(router, dealer);
    expect(await receiveTexts(router, 1)).toEqual([["d", ""]]);
    const prober = scene.open(Router, { probeRouter: true, routingId: "prober" });
    await scene.meet(prober, scene.open(Dealer));
    const other = scene.open(Dealer);
    other.connect(prober.lastEndpoint!);
    expect(await receiveTexts(other, 1)).toEqual([[""]]);
  });

  it("reach a peer by the id that connect gave it", async () => {
    const scene = new Scene(way);
    const [router, dealer] = [scene.open(Router, { mandatory: true }), scene.open(Dealer)];
    const endpoint = await scene.bind(dealer);
    router.connect(endpoint, { routingId: "known" });
    await router.send(["known", "before the handshake"]);
    expect(await receiveTexts(dealer, 1)).toEqual([["before the handshake"]]);
    await dealer.send("back");
    expect(await receiveTexts(router, 1)).toEqual([["known", "back"]]);
    expect(() => router.connect(endpoint, { routingId: "known" })).toThrow("sockets/bad-option");
  });

  it("forget a peer that has gone, and what waited for it", async () => {
    const scene = new Scene(way);
    const [router, dealer] = [scene.open(Router, { mandatory: true }), scene.open(Dealer, { routingId: "d" })];
    await scene.meet(router, dealer);
    await dealer.send("last words");
    await settle();
    await dealer.close();
    await until(() => router.peers === 0);
    expect(await receiveTexts(router, 1)).toEqual([["d", "last words"]]);
    await expect(router.send(["d", "too late"])).rejects.toThrow("sockets/host-unreachable");
  });

  it("let two ROUTERs talk", async () => {
    const scene = new Scene(way);
    const [one, two] = [scene.open(Router, { routingId: "one" }), scene.open(Router, { routingId: "two" })];
    await scene.meet(one, two);
    await two.send(["one", "hello"]);
    expect(await receiveTexts(one, 1)).toEqual([["two", "hello"]]);
  });
});

describe("a DEALER", () => {
  it("spreads over peers that it is only connecting to", async () => {
    const scene = new Scene();
    const [a, b] = [scene.open(Router), scene.open(Router)];
    const [toA, toB] = [await scene.bind(a), await scene.bind(b)];
    const dealer = scene.open(Dealer);
    dealer.connect(toA);
    dealer.connect(toB);
    await dealer.sendBatch(["1", "2", "3", "4"]);
    expect((await receiveTexts(a, 2)).map(([, body]) => body)).toEqual(["1", "3"]);
    expect((await receiveTexts(b, 2)).map(([, body]) => body)).toEqual(["2", "4"]);
  });
});
