import { describe, expect, it } from "vitest";
import { Dealer, Pull, Push, Router, type SocketEvent, Subscriber } from "../../src/sockets/mod.ts";
import { receiveTexts, Scene, settle, texts, until } from "./scene.ts";

describe("calls that wait", () => {
  it("end when their signal says so, with its reason, and give their place away", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push, { sendHighWaterMark: 1 }), scene.open(Pull)];
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const given = [
      push.send("given up", { signal: controller.signal }),
      pull.receive({ signal: controller.signal }),
      pull.receiveBatch(5, { signal: controller.signal }),
    ];
    const kept = push.send("kept");
    controller.abort(reason);
    for (const call of given) await expect(call).rejects.toBe(reason);
    await expect(push.send("late", { signal: controller.signal })).rejects.toBe(reason);
    await scene.meet(pull, push);
    await kept;
    expect(await receiveTexts(pull, 1)).toEqual([["kept"]]);
  });

  it("end when their time is up: their own, or the socket's", async () => {
    const scene = new Scene();
    const pull = scene.open(Pull, { receiveTimeout: 2 });
    const push = scene.open(Push, { sendTimeout: 2 });
    await expect(pull.receive()).rejects.toMatchObject({ code: "sockets/timed-out" });
    await expect(pull.receiveBatch()).rejects.toMatchObject({ code: "sockets/timed-out" });
    await expect(pull.receive({ timeoutMs: 0 })).rejects.toMatchObject({ code: "sockets/would-block" });
    await expect(push.send("x")).rejects.toMatchObject({ code: "sockets/timed-out" });
  });

  it("are bounded", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push, { maxWaitingCalls: 2 }), scene.open(Pull, { maxWaitingCalls: 2 })];
    const calls = [push.send("1"), push.send("2"), pull.receive(), pull.receive()];
    await expect(push.send("3")).rejects.toMatchObject({ code: "sockets/too-many-waiting" });
    await expect(pull.receive()).rejects.toMatchObject({ code: "sockets/too-many-waiting" });
    await scene.meet(pull, push);
    expect((await Promise.all(calls)).slice(2).map((message) => texts(message!))).toEqual([["1"], ["2"]]);
  });

  it("refuse what is no message", async () => {
    const push = new Scene().open(Push);
    for (const wrong of [undefined, 5, [], {}, ["a", 5]]) {
      await expect(push.send(wrong as never)).rejects.toMatchObject({ code: "sockets/bad-message" });
    }
  });

  it("keep hundreds of requests on their way", async () => {
    const scene = new Scene();
    const [dealer, router] = [scene.open(Dealer), scene.open(Router)];
    await scene.meet(router, dealer);
    router.onMessages((messages) => {
      for (const message of messages) expect(router.trySend(message)).toBe(true);
    });
    await Promise.all(Array.from({ length: 500 }, (_, i) => dealer.send(String(i))));
    expect((await receiveTexts(dealer, 500)).flat()).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
  });

  it("give other work its turn while a loop sends and nobody reads", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { sendHighWaterMark: 0 });
    const pull = scene.open(Pull, { receiveHighWaterMark: 0 });
    await scene.meet(pull, push);
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for (let i = 0; i < 100_000; i++) await push.send("x");
    isOver = true;
    expect(turns).toBeGreaterThan(5);
  });

  it("write once for many messages", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    await scene.meet(pull, push);
    const link = scene.host.network.open[0]!;
    let writes = 0;
    const write = link.write.bind(link);
    link.write = (chunks) => {
      writes++;
      return write(chunks);
    };
    for (let i = 0; i < 1_000; i++) await push.send("sixteen octets..");
    await settle();
    expect(writes).toBeLessThan(4);
    // A message alone is written in the turn that it was sent in.
    writes = 0;
    await settle();
    push.trySend("alone");
    await Promise.resolve();
    await Promise.resolve();
    expect(writes).toBe(1);
  });

  it("iterate from several loops: each message goes to one", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    await scene.meet(pull, push);
    const got: string[] = [];
    const loops = [0, 1].map(async () => {
      for await (const message of pull) got.push(texts(message)[0]!);
    });
    await push.sendBatch(["a", "b", "c", "d"]);
    await until(() => got.length === 4);
    expect(got.sort()).toEqual(["a", "b", "c", "d"]);
    await pull.close();
    await Promise.all(loops);
  });
});

describe("options", () => {
  it.each([
    [{ sendHighWaterMark: -1 }, "sendHighWaterMark -1, expected a whole number from 0"],
    [{ sendHighWaterMark: 1.5 }, "sockets/bad-option"],
    [{ linger: "long" }, "linger of 4 characters"],
    [{ heartbeatTimeToLive: 70_000 }, "expected a whole number from 0 to 65500"],
    [{ receiveHighWaterMark: 5 }, "option receiveHighWaterMark on Push"],
    [{ sendHighwaterMark: 5 }, "option sendHighwaterMark on Push"],
    [{ plainUsername: "u", plainServer: true }, "more than one mechanism or role"],
    [{ curveServer: true }, "CURVE without curveSecretKey"],
    [{ curveServerKey: "short" }, "a key of 32 octets or 40 characters"],
    [{ reconnectStop: ["never"] }, "a list of dialFailed"],
  ])("that do not fit are refused: %o", (options, message) => {
    const scene = new Scene();
    expect(() => scene.open(Push, options as never)).toThrow(message);
  });

  it("of a routing id are checked", () => {
    const scene = new Scene();
    for (const routingId of ["", "\u0000a", new Uint8Array(256), "x".repeat(256), 5]) {
      expect(() => scene.open(Dealer, { routingId } as never)).toThrow("sockets/bad-option");
    }
    expect(() => scene.open(Subscriber, { maxTopicBytes: 3 }).subscribe("four")).toThrow("sockets/bad-option");
  });
});

describe("events", () => {
  it("are told to handlers and iterators, from bind to end", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    const seen: string[] = [];
    const iterating = (async () => {
      for await (const event of push.events) seen.push(event.type);
    })();
    const told: SocketEvent[] = [];
    pull.events.on("*", (event) => told.push(event));
    const off = pull.events.on("accept", () => expect.unreachable());
    off();
    const endpoint = await scene.meet(pull, push);
    await push.close();
    await until(() => pull.peers === 0);
    await pull.close();
    await iterating;
    expect(seen).toEqual(["connect:delay", "connect", "handshake", "disconnect", "end"]);
    expect(told.map((event) => event.type)).toEqual(["bind", "accept", "handshake", "disconnect", "close", "end"]);
    expect(told[2]).toMatchObject({ address: endpoint, peer: { socketType: "PUSH" } });
  });
});
