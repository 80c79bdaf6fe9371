import { describe, expect } from "vitest";
import { Dealer, Pull, Push } from "../../src/node/zmtp/mod.ts";
import { PEERS, type PeerSocket, pattern } from "./peers/peer.ts";
import { BINDERS, connected, Scene, texts, until } from "./scene.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Large enough that the operating system holds a few of them only. */
const BODY = pattern(200_000);
const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Sends until there is no room, and stays without room for some turns. */
async function fill(push: Push): Promise<number> {
  let sent = 0;
  for (let idle = 0; idle < 50; ) {
    if (push.trySend([String(sent), BODY])) {
      sent++;
      idle = 0;
    } else {
      idle++;
      await nextTurn();
    }
  }
  return sent;
}

describe.each(PEERS)("flow with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  const pulls = async (count: number, push: Push, options = {}): Promise<PeerSocket[]> => {
    const endpoint = await push.bind("tcp://127.0.0.1:0");
    const sockets: PeerSocket[] = [];
    for (let i = 0; i < count; i++) {
      const pull = await scene.theirs("PULL", options);
      sockets.push(pull);
      await pull.connect(endpoint);
      await connected(push, i + 1);
    }
    return sockets;
  };

  describe.each(BINDERS)("where %s bind", (binder) => {
    here("a PUSH stops at its mark, and a blocked send goes on when the peer reads", async () => {
      const push = scene.ours(new Push({ sendHighWaterMark: 4 }));
      const pull = await scene.theirs("PULL", { receiveHighWaterMark: 4 });
      await scene.join(push, pull, binder);
      const sent = await fill(push);
      expect(sent).toBeGreaterThanOrEqual(4);
      let isTaken = false;
      const blocked = push.send(String(sent)).then(() => {
        isTaken = true;
      });
      await nextTurn();
      expect(isTaken).toBe(false);
      expect(await pull.receiveCounted(sent + 1)).toEqual(counted(sent + 1));
      await blocked;
      await expect(push.send("later", { timeoutMs: 1_000 })).resolves.toBeUndefined();
    });

    here("a PULL that is not read stops their PUSH at the marks of both", async () => {
      const pull = scene.ours(new Pull({ receiveHighWaterMark: 4 }));
      const push = await scene.theirs("PUSH", { sendHighWaterMark: 4 });
      await scene.join(pull, push, binder);
      const count = 150;
      let isSent = false;
      const sending = push.sendCounted(count, { size: 200_000 }).then(() => {
        isSent = true;
      });
      // 30 MB are more than marks and the operating system hold.
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(isSent).toBe(false);
      const numbers: number[] = [];
      while (numbers.length < count) numbers.push(Number(texts(await pull.receive())[0]));
      expect(numbers).toEqual(counted(count));
      await sending;
    });
  });

  here("round robin: three peers get every third message each", async () => {
    const push = scene.ours(new Push());
    const sockets = await pulls(3, push);
    for (let i = 0; i < 30; i++) await push.send(String(i));
    for (const [at, pull] of sockets.entries()) {
      expect(await pull.receiveCounted(10)).toEqual(counted(10).map((i) => 3 * i + at));
    }
  });

  here("round robin leaves out a full peer, which is one of them again once it reads", async () => {
    const push = scene.ours(new Push({ sendHighWaterMark: 2 }));
    const [slow, quick] = (await pulls(2, push, { receiveHighWaterMark: 2 })) as [PeerSocket, PeerSocket];
    const quickNumbers = quick.receiveCounted(1_000, { timeoutMs: 1_000 });
    for (let i = 0; i < 200; i++) await push.send([String(i), BODY]);
    const got = await quickNumbers;
    expect(got.length).toBeGreaterThan(100);
    const left = await slow.receiveCounted(1_000, { timeoutMs: 500 });
    expect([...got, ...left].toSorted((a, b) => a - b)).toEqual(counted(200));
    for (let i = 0; i < 4; i++) await push.send(String(i));
    expect((await slow.receiveCounted(2)).length).toBe(2);
  });

  here("fair queue: one that floods does not keep two others waiting", async () => {
    const pull = scene.ours(new Pull({ receiveHighWaterMark: 50 }));
    const endpoint = await pull.bind("tcp://127.0.0.1:0");
    const pushes = [await scene.theirs("PUSH"), await scene.theirs("PUSH"), await scene.theirs("PUSH")];
    for (const push of pushes) await push.connect(endpoint);
    await connected(pull, 3);
    const [flooding, ...others] = pushes as [PeerSocket, PeerSocket, PeerSocket];
    const flood = flooding.sendCounted(2_000, { head: ["flood"] });
    const quiet = Promise.all(others.map((one) => one.sendCounted(10, { head: ["quiet"] })));
    const from = new Map<string, number>();
    await quiet;
    // All are there before the first is read: from then on they take turns.
    await until(() => pull.peers === 3);
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (let i = 0; i < 30; i++) {
      const name = texts(await pull.receive())[0]!;
      from.set(name, (from.get(name) ?? 0) + 1);
    }
    expect(Object.fromEntries(from)).toEqual({ flood: 10, quiet: 20 });
    for (let i = 30; i < 2_020; i++) await pull.receive();
    await flood;
  });

  here("many sends in flight keep their order, and none is lost", async () => {
    const dealer = scene.ours(new Dealer({ sendHighWaterMark: 10 }));
    const theirs = await scene.theirs("DEALER", { receiveHighWaterMark: 10 });
    await scene.join(dealer, theirs, "ours");
    const sends = Array.from({ length: 3_000 }, (_, i) => dealer.send(String(i)));
    expect(await theirs.receiveCounted(3_000)).toEqual(counted(3_000));
    await Promise.all(sends);
  });
});
