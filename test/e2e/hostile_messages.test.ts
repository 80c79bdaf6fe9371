import { describe, expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import {
  CAPABILITY_ZSTD,
  encodeControl,
  encodeFrame,
  encodeSnapshot,
  FLAG_COMPRESSED,
  idHex,
} from "../../src/protocols/snapshot/mod.ts";
import { changed, RawPeer } from "./raw_peer.ts";
import { gains, Siege } from "./siege.ts";
import { snapshotOf } from "./snapshots.ts";

const siege = new Siege();

describe("messages that are out of place", () => {
  it("another agent's id is refused in everything it stands on", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "one");
    const foreign = { ...peer.envelope("snapshot"), agentId: "other" };
    await gains(
      () => siege.errorsCounted("agent-mismatch"),
      1,
      async () => {
        peer.write(encodeFrame(foreign, encodeSnapshot(snapshotOf(10_007, 3))));
        await peer.heard();
      },
    );
    expect(peer.errors).toEqual(["AGENT_MISMATCH"]);
  });

  it("what only a server sends is refused", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "mirror");
    const ack = { ackedId: new Uint8Array(16), status: 1, errorCode: 0, detail: "", extensions: [] };
    peer.write(encodeFrame(peer.envelope("ack"), encodeControl({ type: "ack", payload: ack })));
    await peer.heard();
    expect(peer.errors).toHaveLength(1);
    expect(peer.isClosed).toBe(false);
  });

  it("an unknown type, a critical flag and a malformed payload are each answered by name", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "odd");
    const frame = peer.snapshot(snapshotOf(10_008, 3));
    const malformed = encodeFrame(peer.envelope("snapshot"), new Uint8Array(10));
    peer.write(
      changed(frame, (bytes) => {
        bytes[10] = 99;
      }),
      changed(frame, (bytes) => {
        bytes[11] = 0b100;
      }),
      malformed,
    );
    await peer.heard();
    expect(peer.errors).toEqual(["UNKNOWN_MESSAGE_TYPE", "UNSUPPORTED_FLAG"]);
    expect(await peer.ackOf(malformed)).toBe("PAYLOAD_MALFORMED");
    expect(await siege.refusalsCounted("payload-malformed")).toBeGreaterThan(0);
  });

  it("unknown extensions are skipped, kept in the store and counted", async () => {
    const extensions = [
      { tag: 9, bytes: Uint8Array.of(1, 2) },
      { tag: 70, bytes: new Uint8Array(0) },
    ];
    const counted = (): Promise<number> => siege.server.metric("tidewire_unknown_extensions_total");
    const before = await counted();
    const peer = await RawPeer.welcome(siege.server.port, "extended", { extensions });
    const frame = peer.snapshot({ ...snapshotOf(10_009, 3), extensions }, { extensions });
    peer.write(frame);
    expect(await peer.ackOf(frame)).toBe("stored");
    // Two in the handshake, two in the envelope, two in the content; heartbeats may have brought more meanwhile.
    await expect.poll(counted, { timeout: 5_000 }).toBeGreaterThanOrEqual(before + 6);
  });

  it("ignorable flags are ignored", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "flags");
    const frame = peer.snapshot(snapshotOf(10_010, 3), { flags: 0b1111_0000 });
    peer.write(frame);
    expect(await peer.ackOf(frame)).toBe("stored");
  });
});

describe("compression", () => {
  it("is refused where it was not agreed on", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "unagreed");
    const { compress } = await zstdCompressor();
    const frame = encodeFrame(
      peer.envelope("snapshot", FLAG_COMPRESSED),
      compress(encodeSnapshot(snapshotOf(10_011, 30))),
    );
    await gains(
      () => siege.refusalsCounted("compression-not-negotiated"),
      1,
      async () => {
        peer.write(frame);
        expect(await peer.ackOf(frame)).toBe("COMPRESSION_NOT_NEGOTIATED");
      },
    );
  });

  it.each([
    // Magic, a descriptor of an 8-byte content size in a single segment, the size.
    ["a bomb of 1 TiB", [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 1, 0, 0], "PAYLOAD_TOO_LARGE"],
    // The same without a content size: a window descriptor alone.
    ["no content size", [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58], "PAYLOAD_TOO_LARGE"],
    ["no zstd", [1, 2, 3, 4, 5, 6, 7, 8, 9], "DECOMPRESSION_FAILED"],
    // States 5 bytes and holds a raw block of 1.
    ["a lie about the size", [0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, 0x09, 0, 0, 0x61], "DECOMPRESSION_FAILED"],
  ])("is refused for %s", async (_, bytes, name) => {
    const peer = await RawPeer.welcome(siege.server.port, "bomb", { capabilities: CAPABILITY_ZSTD });
    const rss = await siege.server.metric("process_resident_memory_bytes");
    for (let i = 0; i < 20; i++) {
      const frame = encodeFrame(
        peer.envelope("snapshot", FLAG_COMPRESSED),
        Uint8Array.from([...bytes, ...new Uint8Array(9)]),
      );
      peer.write(frame);
      expect(await peer.ackOf(frame)).toBe(name);
    }
    expect((await siege.server.metric("process_resident_memory_bytes")) - rss).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("parts", () => {
  it("that contradict each other are refused, and the snapshot can be sent anew", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "conflict");
    const snapshot = snapshotOf(10_012, 6_000);
    const [first, second, ...rest] = peer.parts(snapshot);
    const twisted = changed(second!, (bytes, view) => {
      const payloadAt = 8 + view.getUint16(14, true);
      bytes[payloadAt + 20]! ^= 0xff; // totalBytes
    });
    await gains(
      () => siege.refusalsCounted("segment-conflict"),
      1,
      async () => {
        peer.write(first!, twisted);
        expect(await peer.ackOf(first!)).toBe("received");
        expect(await peer.ackOf(twisted)).toBe("SEGMENT_CONFLICT");
      },
    );
    // Whoever refuses one of them must not keep the peer from sending it whole.
    const again = peer.parts(snapshotOf(10_013, 6_000)).reverse();
    peer.write(...again);
    expect(await peer.ackOf(again.at(-1)!)).toBe("stored");
    expect(rest.length).toBeGreaterThan(0);
  });

  it("of a fifth unfinished snapshot push out the oldest", async () => {
    const peer = await RawPeer.welcome(siege.server.port, "five");
    const snapshots = [0, 1, 2, 3, 4].map((i) => peer.parts(snapshotOf(10_020 + i, 6_000)));
    await gains(
      () => siege.refusalsCounted("reassembly-overflow"),
      1,
      async () => {
        for (const [first] of snapshots) peer.write(first!);
        expect(await peer.ackOf(snapshots[4]![0]!)).toBe("received");
        expect(await peer.ackOf(snapshots[0]![0]!)).toBe("REASSEMBLY_OVERFLOW");
      },
    );
    for (const [, ...rest] of snapshots.slice(1)) peer.write(...rest);
    for (const parts of snapshots.slice(1)) {
      for (const part of parts) {
        const id = idHex(part.subarray(16, 32));
        await peer.until("all stored", () => peer.acks.some((ack) => idHex(ack.ackedId) === id && ack.status === 1));
      }
    }
  });
});

it("all that while the good agent lost nothing, and the server is well", () => siege.lift(), 20_000);
