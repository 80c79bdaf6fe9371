import { afterEach, describe, expect, it } from "vitest";
import { Publisher, type Socket, Subscriber, XPublisher } from "../../src/node/zmtp/mod.ts";
import { RawListener, RawPeer } from "./raw_peer.ts";
import { texts, until } from "./scene.ts";

const open: { close(options?: { lingerMs: number }): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close({ lingerMs: 0 });
});

function opened<Kind extends Socket | RawPeer | RawListener>(one: Kind): Kind {
  open.push(one);
  return one;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("a raw peer of version 3.0", () => {
  it("subscribes by message frames, and gets what matches until it cancels", async () => {
    const publisher = opened(new XPublisher());
    const peer = opened(await RawPeer.connect(await publisher.bind("tcp://127.0.0.1:0")));
    await peer.shake("SUB", 0);
    peer.message("\x01a");
    peer.message("\x01b");
    expect([texts(await publisher.receive()), texts(await publisher.receive())]).toEqual([["\x01a"], ["\x01b"]]);
    await publisher.sendBatch([["c"], ["ab", "1"]]);
    expect(await peer.receive()).toEqual(["ab", "1"]);
    peer.message("\x00a");
    expect(texts(await publisher.receive())).toEqual(["\x00a"]);
    await publisher.sendBatch([["ab", "2"], ["b"]]);
    expect(await peer.receive()).toEqual(["b"]);
  });

  it("may use the commands of 3.1, and a 3.1 peer the frames of 3.0", async () => {
    const publisher = opened(new XPublisher());
    const endpoint = await publisher.bind("tcp://127.0.0.1:0");
    const [old, young] = [opened(await RawPeer.connect(endpoint)), opened(await RawPeer.connect(endpoint))];
    await old.shake("SUB", 0);
    await young.shake("SUB", 1);
    old.command("SUBSCRIBE", Buffer.from("a"));
    expect(texts(await publisher.receive())).toEqual(["\x01a"]);
    young.message("\x01b");
    expect(texts(await publisher.receive())).toEqual(["\x01b"]);
    await publisher.sendBatch(["a", "b"]);
    expect([await old.receive(), await young.receive()]).toEqual([["a"], ["b"]]);
    old.command("CANCEL", Buffer.from("a"));
    expect(texts(await publisher.receive())).toEqual(["\x00a"]);
  });

  it.each([
    [0, 0, "\x01a", "\x00a"],
    [1, 4, "\x09SUBSCRIBEa", "\x06CANCELa"],
  ])(
    "publishes: a subscriber of ours speaks to 3.%i by frames with the flags %i",
    async (minor, flags, first, last) => {
      const listener = opened(await RawListener.listen());
      const subscriber = opened(new Subscriber());
      subscriber.subscribe("a");
      subscriber.connect(listener.endpoint);
      const peer = opened(await listener.accept());
      await peer.shake("PUB", minor);
      const said = await peer.receiveFrame();
      expect([said.flags, text(said.body)]).toEqual([flags, first]);
      peer.message("b");
      peer.message("ab", "1");
      expect(texts(await subscriber.receive())).toEqual(["ab", "1"]);
      subscriber.unsubscribe("a");
      const taken = await peer.receiveFrame();
      expect([taken.flags, text(taken.body)]).toEqual([flags, last]);
    },
  );

  it("is sent the same messages as others, by the same fan-out", async () => {
    const publisher = opened(new Publisher());
    const endpoint = await publisher.bind("tcp://127.0.0.1:0");
    const peers = [0, 1, 4].map(async (minor) => {
      const peer = opened(await RawPeer.connect(endpoint));
      await peer.shake("SUB", minor);
      peer.message("\x01");
      return peer;
    });
    const heard = (await Promise.all(peers)).map((peer) => peer.receive());
    let isHeard = false;
    const all = Promise.all(heard).then((messages) => {
      isHeard = true;
      return messages;
    });
    await until(async () => {
      await publisher.send(["x", "y"]);
      return isHeard;
    });
    expect(await all).toEqual([
      ["x", "y"],
      ["x", "y"],
      ["x", "y"],
    ]);
  });
});
