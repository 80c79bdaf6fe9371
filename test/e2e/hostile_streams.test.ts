import { describe, expect, it } from "vitest";
import { MAX_FRAME_BYTES } from "../../src/protocols/snapshot/mod.ts";
import { randomBytes, seeded } from "../core/seeded.ts";
import { corrupt, RawPeer } from "./raw_peer.ts";
import { gains, Siege } from "./siege.ts";
import { snapshotOf } from "./snapshots.ts";

const siege = new Siege();

describe("frames that are broken", () => {
  it("seven bad frames in a row are each answered, and the good one behind them is stored", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "seven");
    const frame = peer.snapshot(snapshotOf(10_001, 5));
    await gains(
      () => siege.errorsCounted("crc-mismatch"),
      14,
      async () => {
        for (let round = 0; round < 2; round++) {
          for (let i = 0; i < 7; i++) peer.write(corrupt(frame));
          await peer.heard();
        }
      },
    );
    expect(peer.errors).toEqual(Array.from({ length: 14 }, () => "CRC_MISMATCH"));
    peer.write(frame);
    expect(await peer.ackOf(frame)).toBe("stored");
    expect(peer.isClosed).toBe(false);
  });

  it("the eighth in a row ends the connection", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "eight");
    const frame = peer.snapshot(snapshotOf(10_002, 5));
    await gains(
      () => siege.closesCounted("crc-mismatch"),
      1,
      async () => {
        for (let i = 0; i < 8; i++) peer.write(corrupt(frame));
        await peer.closed();
      },
    );
    expect(peer.errors).toHaveLength(8);
  });

  it("an oversized frame of at most 16 MiB is skipped, and the next one is read", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "skipped");
    const frame = peer.snapshot(snapshotOf(10_003, 5));
    const oversized = new Uint8Array(MAX_FRAME_BYTES + 100_000);
    new DataView(oversized.buffer).setUint32(0, oversized.length - 4, true);
    await gains(
      () => siege.errorsCounted("frame-too-large"),
      1,
      async () => {
        peer.write(oversized, frame);
        expect(await peer.ackOf(frame)).toBe("stored");
      },
    );
    expect(peer.errors).toEqual(["FRAME_TOO_LARGE"]);
  });

  it.each([
    ["over 16 MiB", 2 ** 31, "FRAME_TOO_LARGE"],
    ["too small for an envelope", 3, "FRAME_MALFORMED"],
  ])("a length %s ends the connection", async (_, length, name) => {
    const peer = await RawPeer.welcome(siege.server.port, `length-${length}`);
    const head = new Uint8Array(12);
    new DataView(head.buffer).setUint32(0, length, true);
    await gains(
      () => siege.closesCounted(name.toLowerCase().replaceAll("_", "-")),
      1,
      async () => {
        peer.write(head);
        await peer.closed();
      },
    );
    expect(peer.errors).toEqual([name]);
  });

  it("garbage ends the connection in bounded bytes", async () => {
    const random = seeded(99);
    const peer = await RawPeer.connect(siege.server.port, "garbage");
    // Below 0x7f in every fourth byte would be a length that is skipped; most are far above.
    peer.write(randomBytes(random, 3_000).fill(0xff, 0, 4));
    await peer.closed();
    expect(peer.errors).toEqual(["FRAME_TOO_LARGE"]);
  });

  it("an HTTP client is turned away", async () => {
    const peer = await RawPeer.connect(siege.server.port, "http");
    peer.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    await peer.closed();
    expect(peer.errors).toHaveLength(1);
  });

  it("one byte at a time is slow and right", async () => {
    const peer = await RawPeer.connect(siege.server.port, "slow");
    const frame = peer.snapshot(snapshotOf(10_004, 3));
    await peer.trickle(peer.handshake());
    await peer.trickle(frame);
    expect(await peer.ackOf(frame)).toBe("stored");
  });

  it("a peer that is gone in the middle of a frame leaves nothing behind", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "truncated");
    const [part] = peer.parts(snapshotOf(10_005, 4_000));
    await gains(
      () => siege.server.metric("tidewire_handshakes_total"),
      0,
      async () => {
        peer.write(part!.subarray(0, part!.length - 1));
        peer.destroy();
        await siege.server.event("disconnected", ({ agentId }) => agentId === "truncated");
      },
    );
    // The good agent's parts come and go as well.
    await expect.poll(() => siege.server.metric("tidewire_reassembly_bytes")).toBe(0);
  });
});

describe("handshakes that are wrong", () => {
  it("nothing at all within the time ends the connection", async () => {
    const peer = await RawPeer.connect(siege.server.port, "silent");
    await gains(
      () => siege.closesCounted("handshake-required"),
      1,
      () => peer.closed(),
    );
    expect(peer.errors).toEqual(["HANDSHAKE_REQUIRED"]);
  });

  it("silence after it ends the connection as idle", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "idle");
    await gains(
      () => siege.closesCounted("idle-timeout"),
      1,
      () => peer.closed(),
    );
    expect(peer.errors).toEqual(["IDLE_TIMEOUT"]);
  });

  it("anything before it is refused, and it may still come", async () => {
    const peer = await RawPeer.connect(siege.server.port, "early");
    const frame = peer.snapshot(snapshotOf(10_006, 3));
    await gains(
      () => siege.errorsCounted("handshake-required"),
      2,
      async () => {
        peer.write(peer.heartbeat(), frame, peer.handshake(), frame);
        expect(await peer.ackOf(frame)).toBe("stored");
      },
    );
    expect(peer.errors).toEqual(["HANDSHAKE_REQUIRED", "HANDSHAKE_REQUIRED"]);
  });

  it("a second one is refused, and the connection goes on", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "twice");
    await gains(
      () => siege.errorsCounted("handshake-repeated"),
      1,
      async () => {
        peer.write(peer.handshake());
        await peer.heard();
      },
    );
    expect(peer.errors).toEqual(["HANDSHAKE_REPEATED"]);
  });

  it("a version that the server does not speak is told its range", async () => {
    const peer = await RawPeer.connect(siege.server.port, "future");
    await gains(
      () => siege.closesCounted("version-unsupported"),
      1,
      async () => {
        peer.write(peer.handshake({ min: [2, 0], max: [2, 4] }));
        await peer.closed();
      },
    );
    expect(peer.errors).toEqual(["VERSION_UNSUPPORTED"]);
    const [{ message }] = peer.messages as [RawPeer["messages"][number]];
    expect(message.type === "error" && message.payload.detail).toContain("1.0");
  });
});

it("all that while the good agent lost nothing, and the server is well", () => siege.lift(), 20_000);
