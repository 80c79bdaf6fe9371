import { describe, expect, it } from "vitest";
import { Pull, Push } from "../../src/sockets/mod.ts";
import { receiveTexts, Scene, settle, texts, until, WAYS } from "./scene.ts";

describe.each(WAYS)("PUSH and PULL over %s", (way) => {
  it("carry messages of one part and of many, in order", async () => {
    const scene = new Scene(way);
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    await scene.meet(pull, push);
    const many = Array.from({ length: 17 }, (_, i) => `part ${i}`);
    await push.send("one");
    await push.send(["a", new Uint8Array([1, 2]), null, new Uint16Array([0x4142]), new Uint8Array([67]).buffer]);
    await push.send(many);
    expect(await receiveTexts(pull, 3)).toEqual([["one"], ["a", "\x01\x02", "", "BA", "C"], many]);
  });

  it("carry bodies of every size", async () => {
    const scene = new Scene(way);
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    await scene.meet(push, pull);
    const sizes = [0, 1, 255, 256, 65_535, 65_536, 1 << 20, 0];
    await push.sendBatch(sizes.map((size) => new Uint8Array(size).fill(size)));
    for (const size of sizes) {
      const [part] = await pull.receive();
      expect(part!.length).toBe(size);
      expect(part!.every((octet) => octet === (size & 255))).toBe(true);
    }
  });

  it("give each of three peers its turn", async () => {
    const scene = new Scene(way);
    const push = scene.open(Push);
    const pulls = [scene.open(Pull), scene.open(Pull), scene.open(Pull)];
    await scene.meet(push, ...pulls);
    for (let i = 0; i < 9; i++) await push.send(String(i));
    const got = await Promise.all(pulls.map((pull) => receiveTexts(pull, 3)));
    expect(got).toEqual([
      [["0"], ["3"], ["6"]],
      [["1"], ["4"], ["7"]],
      [["2"], ["5"], ["8"]],
    ]);
  });

  it("take one message of each peer in turn, however many one has sent", async () => {
    const scene = new Scene(way);
    const pull = scene.open(Pull);
    const [flood, quiet] = [scene.open(Push), scene.open(Push)];
    await scene.meet(pull, flood, quiet);
    await flood.sendBatch(Array.from({ length: 500 }, () => "flood"));
    await quiet.sendBatch(["a", "b", "c"]);
    await settle();
    const first = (await receiveTexts(pull, 7)).flat();
    expect(first.filter((text) => text !== "flood")).toEqual(["a", "b", "c"]);
    const rest: string[] = [];
    while (rest.length < 496) rest.push(...(await pull.receiveBatch()).map((message) => texts(message)[0]!));
    expect(new Set(rest)).toEqual(new Set(["flood"]));
  });

  it("wait at the high-water mark, and go on in the order of the calls", async () => {
    const scene = new Scene(way);
    const push = scene.open(Push, { sendHighWaterMark: 2 });
    const sends = Array.from({ length: 5 }, (_, i) => push.send(String(i)));
    expect(push.trySend("too soon")).toBe(false);
    await expect(push.send("no", { timeoutMs: 0 })).rejects.toThrow("sockets/would-block");
    await expect(push.send("no", { timeoutMs: 5 })).rejects.toThrow("sockets/timed-out");
    const pull = scene.open(Pull);
    await scene.meet(pull, push);
    await Promise.all(sends);
    expect((await receiveTexts(pull, 5)).flat()).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("hold back a sender whose reader does not read, and lose nothing", async () => {
    const scene = new Scene(way);
    const push = scene.open(Push, { sendHighWaterMark: 10 });
    const pull = scene.open(Pull, { receiveHighWaterMark: 10 });
    await scene.meet(pull, push);
    let sent = 0;
    const body = new Uint8Array(20_000);
    const sending = (async () => {
      for (; sent < 400; sent++) await push.send([String(sent), body]);
    })();
    await settle(200);
    expect(sent).toBeLessThan(way === "inproc" ? 21 : 100);
    for (let i = 0; i < 400; i++) expect(texts([(await pull.receive())[0]!])).toEqual([String(i)]);
    await sending;
  });

  it("keep the last message only, when they conflate", async () => {
    const scene = new Scene(way);
    const push = scene.open(Push);
    const pull = scene.open(Pull, { conflate: true });
    await scene.meet(pull, push);
    for (let i = 0; i < 50; i++) await push.send(String(i));
    await settle();
    expect(await receiveTexts(pull, 1)).toEqual([["49"]]);
  });
});

describe("PUSH and PULL", () => {
  it("conflate what waits for a peer", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { conflate: true });
    const endpoint = await scene.bind(scene.open(Pull));
    scene.host.network.isDown = true;
    push.connect(endpoint);
    for (let i = 0; i < 50; i++) await push.send(String(i));
    const pull = scene.open(Pull);
    const other = await scene.bind(pull);
    push.disconnect(endpoint);
    scene.host.network.isDown = false;
    push.connect(other);
    for (let i = 0; i < 5; i++) await push.send(`again ${i}`);
    expect(await receiveTexts(pull, 1)).toEqual([["again 4"]]);
  });

  it("send a batch of more than all queues hold", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push, { sendHighWaterMark: 5 }), scene.open(Pull, { receiveHighWaterMark: 5 })];
    await scene.meet(pull, push);
    const sending = push.sendBatch(Array.from({ length: 20_000 }, (_, i) => String(i)));
    let next = 0;
    while (next < 20_000)
      for (const [part] of await pull.receiveBatch()) expect(texts([part!])).toEqual([String(next++)]);
    await sending;
  });

  it("give a callback all messages, in order, and wait for its promises", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    await scene.meet(pull, push);
    const got: string[] = [];
    let isBusy = false;
    const stop = pull.onMessages(async (messages) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      got.push(...messages.map((message) => texts(message)[0]!));
      await settle(1);
      isBusy = false;
    });
    await expect(pull.receive()).rejects.toThrow("sockets/busy");
    const numbers = Array.from({ length: 5_000 }, (_, i) => String(i));
    await push.sendBatch(numbers);
    await until(() => got.length === 5_000);
    expect(got).toEqual(numbers);
    stop();
    await push.send("last");
    expect(await receiveTexts(pull, 1)).toEqual([["last"]]);
  });
});
