/** Versions, capabilities, compression (spec §2, §6.1, §6.2) and what stands behind a Handshake. */
import { describe, expect, it } from "vitest";
import { zstdCompressor } from "../../../src/node/zstd.ts";
import {
  type ErrorName,
  encodeSnapshot,
  type Version,
  type VersionRange,
} from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { EndpointPair } from "./endpoint_pair.ts";
import {
  controlFrame,
  handshakeMessage,
  heartbeatFrame,
  id,
  joined,
  partFrames,
  snapshotFrame,
  snapshotOf,
} from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

function range(min: string, max: string): VersionRange {
  return { min: version(min), max: version(max) };
}

function version(text: string): Version {
  const [major, minor] = text.split(".").map(Number);
  return { major: major!, minor: minor! };
}

describe("the server chooses the highest version in both ranges", () => {
  const cases: [agent: [string, string], server: [string, string], chosen: string | undefined][] = [
    [["1.0", "1.0"], ["1.0", "1.0"], "1.0"],
    [["1.0", "1.3"], ["1.0", "1.0"], "1.0"],
    [["1.0", "1.0"], ["1.0", "1.3"], "1.0"],
    [["1.0", "1.3"], ["1.2", "1.9"], "1.3"],
    [["1.0", "2.0"], ["1.0", "1.0"], "1.0"],
    [["1.2", "2.4"], ["1.0", "1.7"], "1.7"],
    [["0.9", "1.0"], ["1.0", "2.0"], "1.0"],
    [["1.0", "255.255"], ["1.255", "1.255"], "1.255"],
    [["1.1", "1.3"], ["1.0", "1.0"], undefined],
    [["2.0", "2.1"], ["1.0", "1.9"], undefined],
    [["1.0", "1.0"], ["2.0", "2.0"], undefined],
    // An empty range.
    [["1.3", "1.0"], ["1.0", "1.3"], undefined],
  ];
  for (const [agent, server, chosen] of cases) {
    it(`${agent.join(" to ")} with ${server.join(" to ")}: ${chosen ?? "none"}`, () => {
      const pair = new EndpointPair({
        client: { versions: range(...agent) },
        server: { versions: range(...server) },
      });
      pair.run(100);
      if (chosen === undefined) {
        const [error] = pair.eventsOf("serverError");
        expect(error?.errorName).toBe("VERSION_UNSUPPORTED");
        // spec §6.2: it names its range
        expect(error?.detail).toContain(server[0]);
        expect(error?.detail).toContain(server[1]);
        expect(pair.serverEventsOf("disconnect").map(({ errorName }) => errorName)).toEqual(["VERSION_UNSUPPORTED"]);
        expect(pair.client.state).toBe("offline");
        expect(pair.eventsOf("established")).toEqual([]);
      } else {
        expect(pair.eventsOf("established").map((event) => event.version)).toEqual([version(chosen)]);
      }
    });
  }

  it("and both write it from then on; before it, what they want most", () => {
    const pair = new EndpointPair({
      client: { versions: range("1.0", "2.0") },
      server: { versions: range("1.0", "1.3") },
    });
    pair.run(6_000);
    const versions = (frames: readonly { bytes: Uint8Array }[]) => frames.map(({ bytes }) => `${bytes[8]}.${bytes[9]}`);
    expect(versions(pair.clientFrames)).toEqual(["2.0", "1.3"]);
    expect(versions(pair.serverFrames)).toEqual(["1.3", "1.3"]);
    pair.cut();
    pair.run(10_000);
    // A new connection starts over.
    expect(versions(pair.clientFrames)).toEqual(["2.0", "1.3", "2.0"]);
  });

  it("which may be less than what the server wants most", () => {
    const server = new ServerFixture({ versions: range("1.0", "1.9") });
    server.receive(heartbeatFrame(1));
    server.receive(controlFrame(handshakeMessage({ maxMinor: 4 }), 2));
    server.accept();
    expect(server.messages().map(({ envelope }) => envelope.version.minor)).toEqual([9, 4]);
  });

  it("refuses a message of another major version behind the handshake, and goes on", () => {
    const server = ServerFixture.established();
    server.receive(heartbeatFrame(5, { version: version("2.0") }), heartbeatFrame(6));
    expect(server.messages().map(({ type }) => type)).toEqual(["error", "heartbeat"]);
    expect(server.take("protocolError").map(({ error }) => error.code)).toEqual(["snapshot/version-unsupported"]);
  });

  it("an agent leaves a server that chooses what it does not speak", () => {
    for (const ack of [{ chosenMinor: 1 }, { chosenMajor: 2 }, { chosenMajor: 0 }]) {
      const client = new ClientFixture();
      client.handshakeAck(client.open(), ack);
      expect(client.session.state).toBe("leaving");
      expect(client.take("disconnect")[0]!.reason).toContain("chose");
    }
  });

  it("an agent leaves a server that answers another handshake", () => {
    const client = new ClientFixture();
    client.open();
    client.handshakeAck(id(3));
    expect(client.session.state).toBe("leaving");
  });
});

describe("compression", () => {
  it("is chosen by the server where both have it", async () => {
    const compressor = await zstdCompressor();
    for (const [agentHas, serverHas] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const pair = new EndpointPair({
        client: agentHas ? { compressor } : {},
        server: serverHas ? { compressor } : {},
      });
      pair.run(10);
      const payload = encodeSnapshot(snapshotOf(id(1), 200));
      pair.clientCommand({ type: "send", snapshotId: id(1), payload });
      pair.runFor(10);
      const isChosen = agentHas && serverHas;
      expect(pair.eventsOf("established")[0]?.compression).toBe(isChosen ? "zstd" : "none");
      expect(pair.clientFrames.at(-1)!.bytes[11]! & 1).toBe(isChosen ? 1 : 0);
      expect(pair.eventsOf("stored").map(({ snapshotId }) => snapshotId)).toEqual([id(1)]);
    }
  });

  it("is refused where it was not chosen, whole and in parts", async () => {
    const compressor = await zstdCompressor();
    const packed = compressor.compress(encodeSnapshot(snapshotOf(id(1), 200)));
    for (const [options, capabilities] of [
      [{}, 2],
      [{ compressor }, 0],
    ] as const) {
      const server = ServerFixture.established(options, capabilities);
      server.receive(
        snapshotFrame(id(1), 1, { flags: 1 }),
        partFrames(id(1), packed, 2, 0x10, { compressed: true })[0]!,
      );
      expect(server.answers()).toEqual([
        "refused COMPRESSION_NOT_NEGOTIATED 01",
        "refused COMPRESSION_NOT_NEGOTIATED 10",
      ]);
      expect(server.session.state).toBe("established");
    }
  });

  it("that an agent did not offer makes the HandshakeAck unusable", () => {
    const client = new ClientFixture();
    client.handshakeAck(client.open(), { compression: 1 });
    expect(client.session.state).toBe("leaving");
  });
});

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
