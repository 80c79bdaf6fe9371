import { afterEach, describe, expect, it } from "vitest";
import { Dealer, type DealerOptions, Pair } from "../../src/node/zmtp/mod.ts";
import { PEERS, type PeerOptions, pattern } from "./peers/peer.ts";
import { RawListener, RawPeer } from "./raw_peer.ts";
import { BINDERS, connected, Scene, seen, texts } from "./scene.ts";

const ping = (ttlTenths: number, context = ""): Buffer =>
  Buffer.concat([Buffer.from([ttlTenths >> 8, ttlTenths & 255]), Buffer.from(context)]);

describe.each(PEERS)("heartbeats with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  const securities = ["NULL", "CURVE"] as const;
  const cases = BINDERS.flatMap((binder) => securities.map((mechanism) => [binder, mechanism] as const));

  here.each(cases)("keep an idle connection where %s bind, with %s", async (binder, mechanism) => {
    const [server, client] = [await scene.peer.curveKeyPair(), await scene.peer.curveKeyPair()];
    const isCurve = mechanism === "CURVE";
    const ourKeys: DealerOptions = isCurve ? { curveServer: true, curveSecretKey: server.secretKey } : {};
    const theirKeys: PeerOptions = isCurve
      ? { curvePublicKey: client.publicKey, curveSecretKey: client.secretKey, curveServerKey: server.publicKey }
      : {};
    const ours = scene.ours(
      new Dealer({ ...ourKeys, heartbeatInterval: 40, heartbeatTimeout: 2_000, heartbeatTimeToLive: 2_000 }),
    );
    const theirs = await scene.theirs("DEALER", {
      ...theirKeys,
      heartbeatInterval: 40,
      heartbeatTimeout: 400,
      heartbeatTimeToLive: 2_000,
    });
    let isLost = false;
    ours.events.on("disconnect", () => {
      isLost = true;
    });
    await scene.join(ours, theirs, binder);
    // Longer than the time in which theirs would have hung up without an answer.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(isLost).toBe(false);
    await ours.send("still");
    expect(await theirs.receiveText()).toEqual(["still"]);
    await theirs.send("here");
    expect(texts(await ours.receive())).toEqual(["here"]);
  });

  here("the longest time to live is one that libzmq keeps to", async () => {
    expect(() => new Dealer({ heartbeatTimeToLive: 65_600 })).toThrow("sockets/bad-option");
    const ours = scene.ours(
      new Dealer({ heartbeatInterval: 30, heartbeatTimeout: 5_000, heartbeatTimeToLive: 65_500 }),
    );
    const theirs = await scene.theirs("DEALER");
    let isLost = false;
    ours.events.on("disconnect", () => {
      isLost = true;
    });
    await scene.join(ours, theirs, "theirs");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isLost).toBe(false);
    await ours.send("still");
    expect(await theirs.receiveText()).toEqual(["still"]);
  });
});

describe("heartbeats with a raw peer", () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const kept = <T extends { close(): unknown }>(one: T): T => {
    open.push(one);
    return one;
  };
  const meet = async (options: DealerOptions = {}): Promise<[Dealer, RawPeer]> => {
    const ours = kept(new Dealer({ linger: 0, ...options }));
    const raw = kept(await RawPeer.connect(await ours.bind("tcp://127.0.0.1:0")));
    await raw.shake("DEALER");
    await connected(ours);
    return [ours, raw];
  };

  it.each(["", "ctx!", "sixteen octets!!"])("a PING with the context %j is echoed", async (context) => {
    const [, raw] = await meet();
    raw.command("PING", ping(0, context));
    expect(Buffer.from(await raw.receiveCommand("PONG")).toString()).toBe(context);
  });

  it("closes when the time to live that the peer gave is over, and not before as long as it talks", async () => {
    const [ours, raw] = await meet();
    const end = seen(ours, "disconnect");
    for (let i = 0; i < 5; i++) {
      raw.command("PING", ping(3));
      await raw.receiveCommand("PONG");
    }
    expect(ours.peers).toBe(1);
    expect(await end).toMatchObject({ error: { code: "zmtp/silence" } });
    await raw.closed();
  });

  it("closes on a peer that never answers, and dials again when it is the one that dials", async () => {
    const beats = { heartbeatInterval: 40, heartbeatTimeout: 80 };
    const [ours, raw] = await meet(beats);
    const end = seen(ours, "disconnect");
    await raw.receiveCommand("PING");
    expect(await end).toMatchObject({ error: { code: "zmtp/silence" } });
    await raw.closed();

    const listener = kept(await RawListener.listen());
    const dialler = kept(new Pair({ ...beats, reconnectInterval: 20 }));
    dialler.connect(listener.endpoint);
    for (let i = 0; i < 2; i++) {
      const silent = await listener.accept();
      await silent.shake("PAIR");
      await silent.closed();
    }
    const alive = kept(await listener.accept());
    await alive.shake("PAIR");
    alive.message("alive");
    expect(texts(await dialler.receive())).toEqual(["alive"]);
  });

  it("any traffic is life", async () => {
    const [ours, raw] = await meet({ heartbeatInterval: 30, heartbeatTimeout: 300 });
    for (let i = 0; i < 20; i++) {
      await raw.receiveCommand("PING");
      raw.message(String(i));
      expect(texts(await ours.receive())).toEqual([String(i)]);
    }
    expect(ours.peers).toBe(1);
  });

  it("PONG goes ahead of what is queued", async () => {
    const [ours, raw] = await meet({ sendHighWaterMark: 0 });
    raw.pause();
    const count = 500;
    for (let i = 0; i < count; i++) await ours.send([String(i), pattern(100_000)]);
    // All that the operating system takes is on its way; the rest waits in the queue.
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.command("PING", ping(0, "now"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.resume();
    let messages = 0;
    for (;;) {
      const { flags, body } = await raw.receiveFrame();
      if ((flags & 4) !== 0) {
        expect(body.toString()).toBe("\x04PONGnow");
        break;
      }
      if ((flags & 1) === 0) messages++;
    }
    expect(messages).toBeLessThan(count);
    while (messages < count) if (((await raw.receiveFrame()).flags & 1) === 0) messages++;
  });
});
