import { describe, expect, it } from "vitest";
import { Dealer, Reply, Request, Router } from "../../src/sockets/mod.ts";
import { receivesNothing, receiveTexts, Scene, settle, texts, until, WAYS } from "./scene.ts";

describe.each(WAYS)("REQ and REP over %s", (way) => {
  it("take turns", async () => {
    const scene = new Scene(way);
    const [request, reply] = [scene.open(Request), scene.open(Reply)];
    await scene.meet(reply, request);
    await expect(request.receive()).rejects.toMatchObject({ code: "sockets/wrong-state" });
    await expect(reply.send("nobody asked")).rejects.toMatchObject({ code: "sockets/wrong-state" });
    for (let i = 0; i < 3; i++) {
      await request.send(["question", String(i)]);
      await expect(request.send("another")).rejects.toMatchObject({ code: "sockets/wrong-state" });
      expect(await receiveTexts(reply, 1)).toEqual([["question", String(i)]]);
      await expect(reply.receive()).rejects.toMatchObject({ code: "sockets/wrong-state" });
      await reply.send(["answer", String(i)]);
      expect(await receiveTexts(request, 1)).toEqual([["answer", String(i)]]);
    }
  });

  it("answer a loop that iterates", async () => {
    const scene = new Scene(way);
    const [request, reply] = [scene.open(Request), scene.open(Reply)];
    await scene.meet(reply, request);
    const serving = (async () => {
      for await (const message of reply) await reply.send(message);
    })();
    for (let i = 0; i < 100; i++) {
      await request.send(String(i));
      expect(await receiveTexts(request, 1)).toEqual([[String(i)]]);
    }
    await reply.close();
    await serving;
  });

  it("put an empty part in front, and take it away with all before it", async () => {
    const scene = new Scene(way);
    const [request, router] = [scene.open(Request, { routingId: "r" }), scene.open(Router)];
    await scene.meet(router, request);
    await request.send("q");
    expect(await receiveTexts(router, 1)).toEqual([["r", "", "q"]]);
    // Without the delimiter, and with nothing behind it, it is no reply.
    await router.send(["r", "no delimiter"]);
    await router.send(["r", ""]);
    await router.send(["r", "", "a", "b"]);
    expect(await receiveTexts(request, 1)).toEqual([["a", "b"]]);
    const [dealer, reply] = [scene.open(Dealer), scene.open(Reply)];
    await scene.meet(reply, dealer);
    await dealer.send("no delimiter");
    await dealer.send(["hop 1", "hop 2", "", "body", "", "tail"]);
    expect(await receiveTexts(reply, 1)).toEqual([["body", "", "tail"]]);
    await reply.send("answer");
    expect(await receiveTexts(dealer, 1)).toEqual([["hop 1", "hop 2", "", "answer"]]);
  });

  it("number requests when they correlate, and take the right reply only", async () => {
    const scene = new Scene(way);
    const request = scene.open(Request, { routingId: "r", correlate: true, relaxed: true });
    const router = scene.open(Router);
    await scene.meet(router, request);
    await request.send("first");
    await request.send("second");
    const [first, second] = [await router.receive(), await router.receive()];
    expect([first[1]!.length, second[1]!.length]).toEqual([4, 4]);
    await router.send([first[0]!, first[1]!, "", "answer to the first"]);
    await router.send([second[0]!, second[1]!, "", "answer to the second"]);
    expect(await receiveTexts(request, 1)).toEqual([["answer to the second"]]);
  });

  it("take no reply but from the peer that was asked", async () => {
    const scene = new Scene(way);
    const request = scene.open(Request, { relaxed: true });
    const [slow, quick] = [scene.open(Reply), scene.open(Reply)];
    await scene.meet(request, slow, quick);
    await request.send("1");
    await request.send("2");
    expect(await receiveTexts(slow, 1)).toEqual([["1"]]);
    expect(await receiveTexts(quick, 1)).toEqual([["2"]]);
    await slow.send("late");
    await settle();
    await quick.send("in time");
    expect(await receiveTexts(request, 1)).toEqual([["in time"]]);
  });

  it("drop the reply to a peer that has gone, and serve the next", async () => {
    const scene = new Scene(way);
    const [gone, next, reply] = [scene.open(Request), scene.open(Request), scene.open(Reply)];
    await scene.meet(reply, gone, next);
    await gone.send("q");
    expect(await receiveTexts(reply, 1)).toEqual([["q"]]);
    await gone.close();
    await until(() => reply.peers === 1);
    await reply.send("nobody hears");
    await next.send("q2");
    expect(await receiveTexts(reply, 1)).toEqual([["q2"]]);
    await reply.send("a2");
    expect(await receiveTexts(next, 1)).toEqual([["a2"]]);
  });

  it("wait for a peer to ask", async () => {
    const scene = new Scene(way);
    const request = scene.open(Request);
    const sending = request.send("q");
    const reply = scene.open(Reply);
    await scene.meet(reply, request);
    await sending;
    expect(texts(await reply.receive())).toEqual(["q"]);
    expect(await receivesNothing(request)).toBe(true);
  });
});
