import { describe, expect, it } from "vitest";
import { Pair } from "../../src/sockets/mod.ts";
import { receivesNothing, receiveTexts, Scene, settle, until, WAYS } from "./scene.ts";

describe.each(WAYS)("PAIR over %s", (way) => {
  it("talks both ways", async () => {
    const scene = new Scene(way);
    const [one, two] = [scene.open(Pair), scene.open(Pair)];
    await scene.meet(one, two);
    await one.send("a");
    await two.sendBatch(["b", "c"]);
    expect(await receiveTexts(two, 1)).toEqual([["a"]]);
    expect(await receiveTexts(one, 2)).toEqual([["b"], ["c"]]);
  });

  it("has one peer at a time, and the next when that one has gone", async () => {
    const scene = new Scene(way);
    const [bound, first] = [scene.open(Pair), scene.open(Pair)];
    const endpoint = await scene.meet(bound, first);
    const second = scene.open(Pair, { reconnectInterval: 1 });
    if (way === "pipe") second.connect(endpoint);
    else expect(() => second.connect(endpoint)).toThrow("sockets/second-peer");
    await first.send("from the first");
    expect(await receiveTexts(bound, 1)).toEqual([["from the first"]]);
    await settle();
    expect(await receivesNothing(second)).toBe(true);
    await first.close();
    await until(() => bound.peers === 0 || way === "pipe");
    if (way === "inproc") second.connect(endpoint);
    await until(() => second.peers === 1 && bound.peers === 1);
    await second.send("from the second");
    expect(await receiveTexts(bound, 1)).toEqual([["from the second"]]);
  });

  it("refuses a second connect", async () => {
    const scene = new Scene(way);
    const pair = scene.open(Pair);
    pair.connect("tcp://127.0.0.1:1");
    expect(() => pair.connect("tcp://127.0.0.1:2")).toThrow("sockets/second-peer");
  });
});
