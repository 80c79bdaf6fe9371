import { createConnection, createServer, type Socket as NetSocket } from "node:net";
import { describe, expect, it } from "vitest";
import { Dealer, Pair, Pull, Push, type SocketEvent } from "../../src/node/zmtp/mod.ts";
import { PEERS } from "./peers/peer.ts";
import { Scene, texts, until } from "./scene.ts";

const ANY = "tcp://127.0.0.1:0";

/** A port that nobody listens on, for now. */
async function freeEndpoint(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `tcp://127.0.0.1:${port}`;
}

describe.each(PEERS)("connections with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  here("connect before bind: what was sent before arrives", async () => {
    const endpoint = await freeEndpoint();
    const push = scene.ours(new Push({ reconnectInterval: 20 }));
    push.connect(endpoint);
    await push.send("early");
    const pull = await scene.theirs("PULL");
    await pull.bind(endpoint);
    expect(await pull.receiveText()).toEqual(["early"]);
    const later = await freeEndpoint();
    const theirs = await scene.theirs("PUSH", { reconnectInterval: 20 });
    await theirs.connect(later);
    const sending = theirs.send("theirs");
    const ours = scene.ours(new Pull());
    await ours.bind(later);
    expect(texts(await ours.receive())).toEqual(["theirs"]);
    await sending;
  });

  here("the bind side goes and comes back: the queue lives on", async () => {
    const dealer = scene.ours(new Dealer({ reconnectInterval: 20 }));
    const first = await scene.theirs("DEALER");
    const endpoint = await first.bind();
    dealer.connect(endpoint);
    await dealer.send("1");
    expect(await first.receiveText()).toEqual(["1"]);
    await first.close();
    await until(() => dealer.peers === 0);
    await dealer.send("2");
    const second = await scene.theirs("DEALER");
    await until(() =>
      second.bind(endpoint).then(
        () => true,
        () => false,
      ),
    );
    expect(await second.receiveText()).toEqual(["2"]);
    await second.send("3");
    expect(texts(await dealer.receive())).toEqual(["3"]);
  });

  here("our bind side goes and comes back", async () => {
    const theirs = await scene.theirs("DEALER", { reconnectInterval: 20 });
    const dealer = new Dealer();
    const endpoint = await dealer.bind(ANY);
    await theirs.connect(endpoint);
    await theirs.send("1");
    expect(texts(await dealer.receive())).toEqual(["1"]);
    await dealer.close();
    const again = scene.ours(new Dealer());
    await again.bind(endpoint);
    await theirs.send("2");
    expect(texts(await again.receive())).toEqual(["2"]);
  });

  here("immediate: round robin leaves out who is not there", async () => {
    const push = scene.ours(new Push({ immediate: true, reconnectInterval: 20 }));
    push.connect(await freeEndpoint());
    expect(push.trySend("nobody")).toBe(false);
    const pull = await scene.theirs("PULL");
    push.connect(await pull.bind());
    for (let i = 0; i < 4; i++) await push.send(String(i));
    expect(await pull.receiveCounted(4)).toEqual([0, 1, 2, 3]);
  });

  here("linger: 0 throws away, else what was sent goes out before the end", async () => {
    const pull = await scene.theirs("PULL");
    const endpoint = await pull.bind();
    const push = new Push();
    push.connect(endpoint);
    for (let i = 0; i < 500; i++) await push.send(String(i));
    await push.close();
    expect(await pull.receiveCounted(500)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    const nobody = new Push({ linger: 60_000 });
    nobody.connect(await freeEndpoint());
    await nobody.send("for nobody");
    const closing = nobody.close();
    await nobody.close({ lingerMs: 0 });
    await closing;
  });

  here("heartbeats both ways keep a silent connection", async () => {
    const options = { heartbeatInterval: 20, heartbeatTimeout: 1_000, heartbeatTimeToLive: 1_000 };
    const ours = scene.ours(new Pair(options));
    const theirs = await scene.theirs("PAIR", options);
    await scene.join(ours, theirs, "ours");
    let lost = 0;
    ours.events.on("disconnect", () => lost++);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await theirs.send("still there");
    expect(texts(await ours.receive())).toEqual(["still there"]);
    expect(lost).toBe(0);
  });

  here("their heartbeats are answered while our queue is full", async () => {
    const pull = await scene.theirs("PULL", { heartbeatInterval: 50, heartbeatTimeout: 300, receiveHighWaterMark: 1 });
    const push = scene.ours(new Push({ sendHighWaterMark: 1_000 }));
    await scene.join(push, pull, "theirs");
    let lost = 0;
    push.events.on("disconnect", () => lost++);
    const body = new Uint8Array(100_000);
    for (let i = 0; i < 300; i++) await push.send([String(i), body]);
    expect(await pull.receiveCounted(300)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(lost).toBe(0);
  });

  here("types that do not fit are turned away, and named", async () => {
    const pull = scene.ours(new Pull());
    const errors: SocketEvent[] = [];
    pull.events.on("handshake:error:protocol", (event) => errors.push(event));
    const sub = await scene.theirs("SUB", { reconnectInterval: -1 });
    await sub.connect(await pull.bind(ANY));
    await until(() => errors.length > 0);
    expect(errors[0]).toMatchObject({ error: { code: "zmtp/bad-socket-type" } });
  });

  here("our process's peer dies in the middle of a large message: it is never seen in part", async () => {
    const pull = scene.ours(new Pull());
    const endpoint = await pull.bind(ANY);
    const { Peer } = await import("./peers/peer.ts");
    const other = await Peer.start(kind);
    const push = await other.socket("PUSH");
    await push.connect(endpoint);
    await push.send("whole");
    expect(texts(await pull.receive())).toEqual(["whole"]);
    const sending = push.sendSized([60_000_000, 60_000_000]).catch(() => {});
    await other.kill();
    await sending;
    await until(() => pull.peers === 0);
    const rest = await pull.receive({ timeoutMs: 50 }).catch(() => undefined);
    if (rest !== undefined) expect(rest.map((part) => part.length)).toEqual([60_000_000, 60_000_000]);
  });
});

describe("raw peers", () => {
  const open = (endpoint: string): NetSocket => {
    const url = new URL(endpoint.replace("tcp", "http"));
    return createConnection(Number(url.port), url.hostname).on("error", () => {});
  };

  it("reconnects after 100 to 200 ms, and backs off from a server that hangs up", async () => {
    const times: number[] = [];
    const server = createServer((socket) => {
      times.push(performance.now());
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const push = new Push();
    push.connect(`tcp://127.0.0.1:${(server.address() as { port: number }).port}`);
    await until(() => times.length === 4);
    await push.close({ lingerMs: 0 });
    server.close();
    const gaps = times.slice(1).map((at, i) => at - times[i]!);
    expect(gaps[0]).toBeGreaterThan(90);
    expect(gaps[2]!).toBeGreaterThan(gaps[0]! * 1.2);
  });

  it("a slow handshake is given up, and disturbs nobody", async () => {
    const pull = new Pull({ handshakeInterval: 100 });
    const codes: string[] = [];
    pull.events.on("handshake:error:other", (event) => codes.push(event.error.code));
    const endpoint = await pull.bind(ANY);
    const slow = open(endpoint);
    slow.write(new Uint8Array([0xff, 0, 0]));
    const closed = new Promise((resolve) => slow.once("close", resolve));
    const push = new Push();
    push.connect(endpoint);
    await push.send("not disturbed");
    expect(texts(await pull.receive())).toEqual(["not disturbed"]);
    slow.resume();
    await closed;
    expect(codes).toEqual(["zmtp/handshake-timeout"]);
    await Promise.all([push.close(), pull.close()]);
  });

  it.each([
    ["a length of 2^63 - 1", [2, 0x7f, 255, 255, 255, 255, 255, 255, 255], "zmtp/frame-too-large"],
    ["a length of 2^32 + 1", [2, 0, 0, 0, 1, 0, 0, 0, 1], "zmtp/frame-too-large"],
    ["MORE without end", Array.from({ length: 3_000 }, () => [1, 0]).flat(), "zmtp/too-many-frames"],
  ])("%s ends that connection only", async (_name, bytes, code) => {
    const pull = new Pull({ maxMessageParts: 1_000, maxMessageSize: 1_000_000 });
    const codes: (string | undefined)[] = [];
    pull.events.on("disconnect", (event) => codes.push(event.error?.code));
    const endpoint = await pull.bind(ANY);
    const push = new Push();
    push.connect(endpoint);
    await until(() => pull.peers === 1);
    const hostile = open(endpoint);
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, 0x4e, 0x55, 0x4c, 0x4c]);
    hostile.write(greeting);
    const ready = [5, ...Buffer.from("READY"), 11, ...Buffer.from("Socket-Type"), 0, 0, 0, 4, ...Buffer.from("PUSH")];
    hostile.write(new Uint8Array([4, ready.length, ...ready]));
    await until(() => pull.peers === 2);
    hostile.resume();
    hostile.write(new Uint8Array(bytes));
    await until(() => codes.length > 0);
    expect(codes).toEqual([code]);
    await push.send("still here");
    expect(texts(await pull.receive())).toEqual(["still here"]);
    await Promise.all([push.close(), pull.close()]);
    hostile.destroy();
  });
});
