/** Old and new minor versions, both ways (spec §5). */
import { describe, expect, it } from "vitest";
import { encodeSnapshot, type Version, type VersionRange } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { EndpointPair } from "./endpoint_pair.ts";
import { controlFrame, handshakeMessage, id, partFrames, snapshotFrame, snapshotOf } from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

function range(min: string, max: string): VersionRange {
  return { min: version(min), max: version(max) };
}

function version(text: string): Version {
  const [major, minor] = text.split(".").map(Number);
  return { major: major!, minor: minor! };
}

describe("old and new minor versions", () => {
  const extensions = [
    { tag: 9, bytes: Uint8Array.of(1) },
    { tag: 70, bytes: new Uint8Array(0) },
  ];
  const none = { extensions: [] } as const;

  it("a 1.0 server reports and ignores the extensions of a 1.3 agent, on every message", () => {
    const more = { version: version("1.3"), extensions };
    const server = new ServerFixture();
    server.receive(controlFrame(handshakeMessage({ maxMinor: 3, extensions }), 1, more));
    expect(server.take("unknownExtensions")).toMatchObject([
      { messageType: "handshake", extensions: [...extensions, ...extensions] },
    ]);
    expect(server.take("handshake")[0]!.version).toEqual(version("1.0"));
    server.accept();
    server.messages();
    server.receive(
      controlFrame({ type: "heartbeat", payload: { queuedSnapshots: 1, droppedSnapshots: 0, extensions } }, 2, more),
    );
    expect(server.take("unknownExtensions")).toMatchObject([
      { messageType: "heartbeat", extensions: [...extensions, ...extensions] },
    ]);
    expect(server.messages().map(({ type }) => type)).toEqual(["heartbeat"]);
    server.receive(snapshotFrame(id(3), 3, more));
    expect(server.take("unknownExtensions")).toMatchObject([{ messageType: "snapshot", extensions }]);
    expect(server.take("snapshot")).toHaveLength(1);
    server.receive(
      controlFrame({ type: "error", payload: { errorCode: 1, regardingId: id(0), detail: "", extensions } }, 4, more),
    );
    expect(server.take("unknownExtensions")).toMatchObject([{ messageType: "error" }]);
  });

  it("it reports those inside of a snapshot, whole and in parts", () => {
    const server = ServerFixture.established();
    const content = encodeSnapshot(snapshotOf(id(3), 1, { extensions }));
    server.receive(...partFrames(id(3), content, 2, 0x10));
    expect(server.take("unknownExtensions")).toEqual([
      { type: "unknownExtensions", messageType: "snapshot", extensions },
    ]);
    expect(server.take("snapshot")).toHaveLength(1);
  });

  it("a 1.0 agent reports and ignores the extensions of a 1.3 server, on every message", () => {
    const client = new ClientFixture();
    const handshakeId = client.open();
    client.handshakeAck(handshakeId, { extensions });
    expect(client.take("unknownExtensions")).toMatchObject([{ messageType: "handshakeAck", extensions }]);
    expect(client.session.state).toBe("established");
    const more = { version: version("1.3"), extensions };
    client.receive(
      controlFrame({ type: "heartbeat", payload: { queuedSnapshots: 0, droppedSnapshots: 0, extensions } }, 1, more),
      controlFrame(
        { type: "ack", payload: { ackedId: id(1), status: 1, errorCode: 0, detail: "", extensions } },
        2,
        more,
      ),
      controlFrame({ type: "backpressure", payload: { throttleDelayMs: 5, reason: "", extensions } }, 3, more),
      controlFrame({ type: "error", payload: { errorCode: 14, regardingId: id(0), detail: "", ...none } }, 4, more),
    );
    expect(
      client.take("unknownExtensions").map(({ messageType, extensions: { length } }) => `${messageType} ${length}`),
    ).toEqual(["heartbeat 4", "ack 4", "backpressure 4", "error 2"]);
    expect(client.take("throttle")).toHaveLength(1);
    expect(client.take("protocolError")).toEqual([]);
  });

  it("a 1.3 agent works with a 1.0 server, and a 1.0 agent with a 1.3 server", () => {
    for (const [agent, server] of [
      [range("1.0", "1.3"), range("1.0", "1.0")],
      [range("1.0", "1.0"), range("1.0", "1.3")],
    ]) {
      const pair = new EndpointPair({ client: { versions: agent! }, server: { versions: server! } });
      pair.run(10);
      pair.clientCommand({ type: "send", snapshotId: id(1), payload: encodeSnapshot(snapshotOf(id(1))) });
      pair.runFor(20_000);
      expect(pair.stored).toEqual([id(1)]);
      expect(pair.eventsOf("stored")).toHaveLength(1);
      expect(pair.eventsOf("protocolError")).toEqual([]);
      expect(pair.serverEventsOf("protocolError")).toEqual([]);
    }
  });
});
