/** The Handshake itself, and what stands behind it (spec §6.1). */
import { describe, expect, it } from "vitest";
import { zstdCompressor } from "../../../src/node/zstd.ts";
import type { ErrorName } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { EndpointPair } from "./endpoint_pair.ts";
import { controlFrame, handshakeMessage, heartbeatFrame, id, joined, snapshotFrame } from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

describe("a Handshake", () => {
  it("tells who the agent is", async () => {
    const compressor = await zstdCompressor();
    const pair = new EndpointPair({ client: { capabilities: 0b101, compressor } });
    pair.run(10);
    const [event] = pair.serverEventsOf("handshake");
    expect(event).toMatchObject({ agentId: "agent-01", platform: 2, version: { major: 1, minor: 0 } });
    expect(event!.payload).toMatchObject({
      capabilities: 0b111,
      agentVersion: "1.0.0",
      hostName: "db-1",
      osRelease: "Linux 6.1",
    });
  });

  it("is answered with what the server is set to", () => {
    const server = new ServerFixture({ heartbeatIntervalMs: 700, targetSnapshotBytes: 4_096, maxUnstoredSnapshots: 3 });
    server.receive(controlFrame(handshakeMessage(), 0x31));
    server.accept(1_500);
    expect(server.messages()).toMatchObject([
      {
        type: "handshakeAck",
        envelope: { agentId: "agent-01" },
        payload: {
          handshakeId: id(0x31),
          heartbeatIntervalMs: 700,
          targetSnapshotBytes: 4_096,
          maxFrameBytes: 262_144,
          maxUnstoredSnapshots: 3,
          throttleDelayMs: 1_500,
        },
      },
    ]);
  });

  it("may have everything behind it in the same chunk", () => {
    const server = new ServerFixture();
    server.receive(
      joined(
        controlFrame(handshakeMessage(), 1),
        snapshotFrame(id(4), 4),
        heartbeatFrame(5),
        controlFrame(handshakeMessage(), 6),
      ),
    );
    expect(server.events.map(({ type }) => type)).toEqual(["handshake"]);
    expect(server.messages()).toEqual([]);
    server.accept();
    expect(server.messages().map(({ type }) => type)).toEqual(["handshakeAck", "heartbeat", "error"]);
    expect(server.take("snapshot")[0]!.snapshotId).toEqual(id(4));
    server.session.command({ type: "stored", snapshotId: id(4) }, 0);
    expect(server.answers()).toEqual(["stored 04"]);
  });

  it("that is turned away takes what stands behind it along", () => {
    const server = new ServerFixture();
    server.receive(joined(controlFrame(handshakeMessage(), 1), snapshotFrame(id(4), 4)));
    server.session.command({ type: "reject", errorName: "UNAUTHORIZED", detail: "who?" }, 0);
    server.drain();
    expect(server.answers()).toEqual(["error UNAUTHORIZED 00"]);
    expect(server.events.map(({ type }) => type)).toEqual(["handshake", "disconnect"]);
  });

  it("must come first, and once", () => {
    const server = new ServerFixture();
    server.receive(heartbeatFrame(1), snapshotFrame(id(2), 2));
    expect(server.answers()).toEqual(["error HANDSHAKE_REQUIRED 01", "error HANDSHAKE_REQUIRED 02"]);
    server.receive(controlFrame(handshakeMessage(), 3));
    server.accept();
    server.receive(controlFrame(handshakeMessage(), 4));
    expect(server.answers()).toEqual(["error HANDSHAKE_REPEATED 04"]);
    expect(server.session.state).toBe("established");
  });

  it("must come in time", () => {
    const server = new ServerFixture({ handshakeTimeoutMs: 3_000 });
    server.wait(2_999);
    server.receive(Uint8Array.of(80, 0));
    expect(server.session.state).toBe("awaitingHandshake");
    server.wait(1);
    expect(server.session.state).toBe("closed");
    expect(server.take("disconnect").map(({ errorName }) => errorName)).toEqual<ErrorName[]>(["HANDSHAKE_REQUIRED"]);
  });

  it("that is not answered in 10 s makes the agent try again", () => {
    const client = new ClientFixture();
    client.open();
    client.wait(9_999);
    expect(client.session.state).toBe("handshaking");
    client.wait(1);
    expect(client.session.state).toBe("leaving");
  });
});
