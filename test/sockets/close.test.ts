import { describe, expect, it } from "vitest";
import { Pull, Push } from "../../src/sockets/mod.ts";
import { receiveTexts, Scene, settle, texts } from "./scene.ts";

const QUICK = { reconnectInterval: 1 };

describe("close", () => {
  it("waits until what was sent is out", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull, { receiveHighWaterMark: 5 })];
    await scene.meet(pull, push);
    const body = new Uint8Array(50_000);
    let sent = 0;
    while (sent < 100 && push.trySend([String(sent), body])) sent++;
    let isClosed = false;
    const closing = push.close().then(() => {
      isClosed = true;
    });
    await settle(50);
    expect(isClosed).toBe(false);
    for (let i = 0; i < sent; i++) expect(texts([(await pull.receive({ timeoutMs: 2_000 }))[0]!])).toEqual([String(i)]);
    await closing;
  });

  it("goes on connecting while something waits for a peer", async () => {
    const scene = new Scene();
    const push = scene.open(Push, QUICK);
    push.connect("tcp://127.0.0.1:9");
    await push.send("patience");
    const closing = push.close({ lingerMs: -1 });
    await settle();
    const pull = scene.open(Pull);
    await pull.bind("tcp://127.0.0.1:9");
    expect(await receiveTexts(pull, 1)).toEqual([["patience"]]);
    await closing;
  });

  it("gives up after the linger, and at once with 0", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { ...QUICK, linger: 20 });
    push.connect("tcp://127.0.0.1:9");
    await push.send("nobody");
    await push.close();
    const other = scene.open(Push, QUICK);
    other.connect("tcp://127.0.0.1:9");
    await other.send("nobody");
    const long = other.close();
    await other.close({ lingerMs: 0 });
    await long;
  });

  it("ends calls that wait, and iterators", async () => {
    const scene = new Scene();
    const [push, pull] = [scene.open(Push), scene.open(Pull)];
    const failed = expect(Promise.all([push.send("x")])).rejects.toMatchObject({ code: "sockets/closed" });
    const iterating = (async () => {
      for await (const _ of pull);
      return "ended";
    })();
    const receiving = expect(scene.open(Pull).close()).resolves.toBeUndefined();
    await Promise.all([push.close(), pull.close()]);
    await failed;
    await receiving;
    expect(await iterating).toBe("ended");
    await expect(push.send("x")).rejects.toMatchObject({ code: "sockets/closed" });
    await expect(pull.receive()).rejects.toMatchObject({ code: "sockets/closed" });
    expect(() => push.connect("tcp://127.0.0.1:1")).toThrow("sockets/closed");
  });
});
