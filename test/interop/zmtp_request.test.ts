import { describe, expect } from "vitest";
import { Reply, Request } from "../../src/node/zmtp/mod.ts";
import { PEERS } from "./peers/peer.ts";
import { RawPeer } from "./raw_peer.ts";
import { BINDERS, Scene, texts, until } from "./scene.ts";

describe.each(PEERS)("requests with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe.each(BINDERS)("where %s bind", (binder) => {
    here("correlate: a stale reply is not taken for the fresh one", async () => {
      const request = scene.ours(new Request({ correlate: true, relaxed: true }));
      const router = await scene.theirs("ROUTER");
      await scene.join(request, router, binder);
      await request.send("first");
      const first = (await router.receive())!;
      expect(first.map((part) => part.length)).toEqual([5, 4, 0, 5]);
      await request.send("second");
      const second = (await router.receive())!;
      expect(second[1]).not.toEqual(first[1]);
      await router.send(first[0]!, first[1]!, "", "stale");
      await router.send(second[0]!, second[1]!, "", "fresh");
      expect(texts(await request.receive())).toEqual(["fresh"]);
    });

    here("correlate and relaxed of theirs are answered", async () => {
      const reply = scene.ours(new Reply());
      const request = await scene.theirs("REQ", { correlate: true, relaxed: true });
      await scene.join(reply, request, binder);
      await request.send("first");
      // A relaxed REQ of libzmq ends the pipe of the reply that it gives up: there may be none for a moment.
      await until(() =>
        request.send("second").then(
          () => true,
          () => false,
        ),
      );
      for (const text of ["first", "second"]) {
        expect(texts(await reply.receive())).toEqual([text]);
        await reply.send(`to ${text}`);
      }
      expect(await request.receiveText()).toEqual(["to second"]);
      expect(await request.receive(50)).toBeUndefined();
    });

    here("without relaxed, requests and replies take turns", async () => {
      const request = scene.ours(new Request());
      const reply = await scene.theirs("REP");
      await scene.join(request, reply, binder);
      await expect(request.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: "sockets/wrong-state" });
      await request.send("one");
      await expect(request.send("two")).rejects.toMatchObject({ code: "sockets/wrong-state" });
      await reply.echo();
      expect(texts(await request.receive())).toEqual(["one"]);
    });
  });

  here("relaxed: asks another one after its peer was lost in the middle", async () => {
    const request = scene.ours(new Request({ relaxed: true, correlate: true, immediate: true }));
    const first = await scene.theirs("REP");
    request.connect(await first.bind());
    await request.send("lost");
    expect(await first.receiveText()).toEqual(["lost"]);
    await first.close();
    await until(() => request.peers === 0);
    const second = await scene.theirs("REP");
    request.connect(await second.bind());
    await second.echo();
    await request.send("found");
    expect(texts(await request.receive())).toEqual(["found"]);
  });

  here("a REP outlives the peer whose request it works on", async () => {
    const reply = scene.ours(new Reply());
    const endpoint = await reply.bind("tcp://127.0.0.1:0");
    const gone = await scene.theirs("REQ");
    await gone.connect(endpoint);
    await gone.send("lost");
    await reply.receive();
    await gone.close();
    await until(() => reply.peers === 0);
    await reply.send("to nobody");
    const next = await scene.theirs("REQ");
    await next.connect(endpoint);
    await next.send("question");
    expect(texts(await reply.receive())).toEqual(["question"]);
    await reply.send("answer");
    expect(await next.receiveText()).toEqual(["answer"]);
  });

  here("a REQ of theirs outlives ours that worked on its request", async () => {
    const request = await scene.theirs("REQ", { relaxed: true, correlate: true, reconnectInterval: 20 });
    let reply = scene.ours(new Reply());
    const endpoint = await reply.bind("tcp://127.0.0.1:0");
    await request.connect(endpoint);
    await request.send("lost");
    await reply.receive();
    await reply.close();
    reply = scene.ours(new Reply());
    await scene.rebind(reply, endpoint);
    await request.send("found");
    expect(texts(await reply.receive())).toEqual(["found"]);
    await reply.send("answer");
    expect(await request.receiveText()).toEqual(["answer"]);
  });

  here("a REP skips what has no delimiter, and answers others meanwhile", async () => {
    const reply = scene.ours(new Reply());
    const endpoint = await reply.bind("tcp://127.0.0.1:0");
    const raw = scene.raw(await RawPeer.connect(endpoint));
    await raw.shake("REQ");
    raw.message("no delimiter");
    raw.message("none", "here");
    const request = await scene.theirs("REQ");
    await request.connect(endpoint);
    await request.send("question");
    expect(texts(await reply.receive())).toEqual(["question"]);
    await reply.send("answer");
    expect(await request.receiveText()).toEqual(["answer"]);
    raw.message("way", "", "body");
    expect(texts(await reply.receive())).toEqual(["body"]);
    await reply.send("back");
    expect(await raw.receive()).toEqual(["way", "", "back"]);
  });
});
