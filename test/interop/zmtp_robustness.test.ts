import { afterEach, describe, expect, it } from "vitest";
import { Dealer, Pull, Push, type SocketEvent } from "../../src/node/zmtp/mod.ts";
import { digestOf, PEERS, pattern } from "./peers/peer.ts";
import { RawPeer } from "./raw_peer.ts";
import { connected, Scene, seen, texts, until } from "./scene.ts";

describe.each(PEERS)("a libzmq by %s that breaks off", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  here("in the middle of a large message: it is seen whole or not at all", async () => {
    const pull = scene.ours(new Pull());
    const endpoint = await pull.bind("tcp://127.0.0.1:0");
    const peer = await scene.another();
    const push = await peer.socket("PUSH");
    await push.connect(endpoint);
    await push.send("whole");
    expect(texts(await pull.receive())).toEqual(["whole"]);
    const sizes = [60_000_000, 60_000_000];
    const sending = push.sendSized(sizes).catch(() => {});
    const lost = seen(pull, "disconnect");
    await peer.kill();
    await Promise.all([sending, lost]);
    const rest = await pull.receive({ timeoutMs: 50 }).catch(() => undefined);
    if (rest !== undefined) expect(digestOf(rest)).toEqual(digestOf(sizes.map(pattern)));
  });

  here("without a word, its process frozen: the heartbeat finds out, another one takes over", async () => {
    const push = scene.ours(
      new Push({ heartbeatInterval: 50, heartbeatTimeout: 400, immediate: true, reconnectInterval: 5_000 }),
    );
    const peer = await scene.another();
    const frozen = await peer.socket("PULL");
    push.connect(await frozen.bind());
    await connected(push);
    const end = seen(push, "disconnect");
    peer.freeze();
    expect(await end).toMatchObject({ error: { code: "zmtp/silence" } });
    const pull = await scene.theirs("PULL");
    push.connect(await pull.bind());
    await push.send("taken over");
    expect(await pull.receiveText()).toEqual(["taken over"]);
  });

  here("is turned away when its type does not fit, and the others are not disturbed", async () => {
    const pull = scene.ours(new Pull());
    const endpoint = await pull.bind("tcp://127.0.0.1:0");
    const push = await scene.theirs("PUSH");
    await push.connect(endpoint);
    await connected(pull);
    for (const type of ["SUB", "PULL", "REQ", "ROUTER", "PAIR"]) {
      const failure = seen(pull, "handshake:error:protocol");
      const other = await scene.theirs(type, { reconnectInterval: -1 });
      await other.connect(endpoint);
      expect(await failure).toMatchObject({ error: { code: "zmtp/bad-socket-type" } });
    }
    await push.send("still here");
    expect(texts(await pull.receive())).toEqual(["still here"]);
  });

  here("their heartbeats are answered while they are sent more than they read", async () => {
    const pull = await scene.theirs("PULL", {
      heartbeatInterval: 50,
      heartbeatTimeout: 1_000,
      receiveHighWaterMark: 1,
    });
    const push = scene.ours(new Push());
    await scene.join(push, pull, "theirs");
    let lost = 0;
    push.events.on("disconnect", () => lost++);
    const body = pattern(100_000);
    for (let i = 0; i < 300; i++) await push.send([String(i), body]);
    expect(await pull.receiveCounted(300)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(lost).toBe(0);
  });
});

/** What a raw peer does after a good handshake, and how it is judged. */
const FAULTS: readonly (readonly [name: string, code: string, act: (raw: RawPeer) => void])[] = [
  ["a part of 2^63 octets", "zmtp/frame-too-large", (raw) => raw.write(Buffer.from("028000000000000000", "hex"))],
  ["a part of 2^32 + 1 octets", "zmtp/frame-too-large", (raw) => raw.write(Buffer.from("020000000100000001", "hex"))],
  ["parts without end", "zmtp/too-many-frames", (raw) => raw.write(Buffer.alloc(20_000, Buffer.from([1, 0])))],
  ["a PING without its time to live", "zmtp/bad-ping", (raw) => raw.command("PING", Buffer.from([0]))],
];

describe("a raw peer that breaks the rules is closed, and nobody else", () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  const scene = async (): Promise<[Dealer, good: RawPeer, bad: RawPeer]> => {
    const dealer = new Dealer({ linger: 0 });
    open.push(dealer);
    const endpoint = await dealer.bind("tcp://127.0.0.1:0");
    const [good, bad] = [await RawPeer.connect(endpoint), await RawPeer.connect(endpoint)];
    open.push(good, bad);
    await good.shake("DEALER");
    await connected(dealer);
    return [dealer, good, bad];
  };

  const stillWorks = async (dealer: Dealer, good: RawPeer): Promise<void> => {
    await until(() => dealer.peers === 1);
    good.message("still", "here");
    expect(texts(await dealer.receive())).toEqual(["still", "here"]);
    await dealer.send("you too");
    expect(await good.receive()).toEqual(["you too"]);
  };

  it.each(FAULTS)("%s", async (_name, code, act) => {
    const [dealer, good, bad] = await scene();
    await bad.shake("DEALER");
    await connected(dealer, 2);
    const end = seen(dealer, "disconnect");
    act(bad);
    expect((await end).error?.code).toBe(code);
    await bad.closed();
    await stillWorks(dealer, good);
  });

  it("a message before READY, and metadata without end", async () => {
    const [dealer, good, bad] = await scene();
    const failures: SocketEvent[] = [];
    dealer.events.on("handshake:error:protocol", (event) => failures.push(event));
    bad.greet("NULL");
    bad.message("early");
    await bad.closed();
    const second = await RawPeer.connect(dealer.lastEndpoint!);
    open.push(second);
    second.greet("NULL");
    second.command("READY", Buffer.alloc(100_000, Buffer.from("\x02X-\0\0\0\x01a", "latin1")));
    await second.closed();
    expect(failures.map((event) => "error" in event && event.error?.code)).toEqual([
      "zmtp/early-message",
      "zmtp/command-too-large",
    ]);
    await stillWorks(dealer, good);
  });

  it("a command that nobody knows is let go", async () => {
    const [dealer, good, other] = await scene();
    await other.shake("DEALER");
    other.command("XYZZY", Buffer.from("whatever"));
    other.message("after it");
    expect(texts(await dealer.receive())).toEqual(["after it"]);
    other.close();
    await stillWorks(dealer, good);
  });
});
