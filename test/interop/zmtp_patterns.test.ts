import { describe, expect } from "vitest";
import { Dealer, type Message, Pair, Reply, Request, Router } from "../../src/node/zmtp/mod.ts";
import { digestOf, PEERS, pattern } from "./peers/peer.ts";
import { BINDERS, Scene, texts } from "./scene.ts";

const HUGE_BYTES = 64 * 1024 * 1024;

describe.each(PEERS)("patterns with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe.each(BINDERS)("%s bind", (binder) => {
    here("floods in both directions keep their order", async () => {
      const ours = scene.ours(new Dealer());
      const theirs = await scene.theirs("DEALER");
      await scene.join(ours, theirs, binder);
      const count = 5_000;
      const theirSends = theirs.sendCounted(count, { size: 100 });
      const theirNumbers = (async (): Promise<number[]> => {
        const numbers: number[] = [];
        while (numbers.length < count) numbers.push(Number(texts(await ours.receive())[0]));
        return numbers;
      })();
      await Promise.all([theirSends, theirNumbers]);
      const sends = (async (): Promise<void> => {
        for (let i = 0; i < count; i++) await ours.send([String(i), pattern(100)]);
      })();
      const expected = Array.from({ length: count }, (_, i) => i);
      expect(await theirs.receiveCounted(count)).toEqual(expected);
      await sends;
      expect(await theirNumbers).toEqual(expected);
    });

    here("DEALER to their ROUTER and back", async () => {
      const dealer = scene.ours(new Dealer({ routingId: "one" }));
      const router = await scene.theirs("ROUTER");
      await scene.join(dealer, router, binder);
      await dealer.send(["hello", "there"]);
      expect(await router.receiveText()).toEqual(["one", "hello", "there"]);
      await router.send("one", "", "answer");
      expect(texts(await dealer.receive())).toEqual(["", "answer"]);
    });

    here("ROUTER to their DEALER: an id of five octets that begins with 0", async () => {
      const router = scene.ours(new Router());
      const dealer = await scene.theirs("DEALER");
      await scene.join(router, dealer, binder);
      await dealer.send("hello");
      const [id, body] = (await router.receive()) as [Uint8Array, Uint8Array];
      expect([id.length, id[0], texts([body])]).toEqual([5, 0, ["hello"]]);
      await router.send([id, "a", "b"]);
      expect(await dealer.receiveText()).toEqual(["a", "b"]);
    });

    here("REQ asks their REP", async () => {
      const request = scene.ours(new Request());
      const reply = await scene.theirs("REP");
      await scene.join(request, reply, binder);
      await reply.echo();
      for (const parts of [["a"], ["", "b"], ["c", "", "d"]]) {
        await request.send(parts);
        expect(texts(await request.receive())).toEqual(parts);
      }
    });

    here("REP answers their REQ", async () => {
      const reply = scene.ours(new Reply());
      const request = await scene.theirs("REQ", { correlate: true });
      await scene.join(reply, request, binder);
      for (const text of ["one", "two"]) {
        await request.send(text, "more");
        const parts: Message = await reply.receive();
        expect(texts(parts)).toEqual([text, "more"]);
        await reply.send([...parts, "done"]);
        expect(await request.receiveText()).toEqual([text, "more", "done"]);
      }
    });

    here("REQ asks their ROUTER, DEALER asks REP", async () => {
      const request = scene.ours(new Request({ correlate: true }));
      const router = await scene.theirs("ROUTER");
      await scene.join(request, router, binder);
      await request.send("q");
      const [id, number, delimiter, body] = (await router.receive()) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      expect([id.length, number.length, delimiter.length, texts([body])]).toEqual([5, 4, 0, ["q"]]);
      await router.send(id, new Uint8Array(4).fill(0xee), "", "stale");
      await router.send(id, number, "", "fresh");
      expect(texts(await request.receive())).toEqual(["fresh"]);
    });

    here("REP skips a request without a delimiter", async () => {
      const reply = scene.ours(new Reply());
      const dealer = await scene.theirs("DEALER");
      await scene.join(reply, dealer, binder);
      await dealer.send("no delimiter");
      await dealer.send("way", "", "q");
      expect(texts(await reply.receive())).toEqual(["q"]);
      await reply.send("a");
      expect(await dealer.receiveText()).toEqual(["way", "", "a"]);
    });

    here("PAIR with their PAIR", async () => {
      const pair = scene.ours(new Pair());
      const theirs = await scene.theirs("PAIR");
      await scene.join(pair, theirs, binder);
      await pair.send("ping");
      expect(await theirs.receiveText()).toEqual(["ping"]);
      await theirs.send("pong", "");
      expect(texts(await pair.receive())).toEqual(["pong", ""]);
    });
  });

  here("64 MiB in one part, there and back", async () => {
    const pair = scene.ours(new Pair());
    const theirs = await scene.theirs("PAIR");
    await scene.join(pair, theirs, "ours");
    const body = pattern(HUGE_BYTES);
    const digest = digestOf([body]);
    await pair.send(body);
    expect(await theirs.receiveDigested()).toEqual(digest);
    await theirs.sendSized([HUGE_BYTES]);
    expect(digestOf(await pair.receive())).toEqual(digest);
  });
});
