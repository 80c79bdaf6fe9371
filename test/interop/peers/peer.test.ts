import { describe, expect, it } from "vitest";
import { digestOf, PEERS, Peer, pattern } from "./peer.ts";

describe.each(PEERS)("the %s peer", (kind, isInstalled) => {
  it.skipIf(!isInstalled)("does what it is told, and says what went wrong", async () => {
    const peer = await Peer.start(kind);
    try {
      const pull = await peer.socket("PULL");
      const push = await peer.socket("PUSH", { sendHighWaterMark: 10 });
      const endpoint = await pull.bind();
      expect(endpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
      await push.connect(endpoint);
      await push.send("a", new Uint8Array([0, 255]));
      expect(await pull.receive()).toEqual([new Uint8Array([97]), new Uint8Array([0, 255])]);
      await push.sendSized([0, 300]);
      expect(await pull.receiveDigested()).toEqual(digestOf([new Uint8Array(0), pattern(300)]));
      await push.sendCounted(5, { size: 3 });
      expect(await pull.receiveCounted(5)).toEqual([0, 1, 2, 3, 4]);
      expect(await pull.receive(50)).toBeUndefined();
      expect((await pull.events()).length).toBeGreaterThan(0);
      await expect(push.connect("nonsense")).rejects.toThrow();
      expect((await peer.curveKeyPair()).publicKey).toHaveLength(40);
    } finally {
      await peer.stop();
    }
  });
});
