/** Versions, capabilities, compression (spec §2, §6.1, §6.2) and what stands behind a Handshake. */
import { describe, expect, it } from "vitest";
import { zstdCompressor } from "../../../src/node/zstd.ts";
import { encodeSnapshot, type Version, type VersionRange } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { EndpointPair } from "./endpoint_pair.ts";
import {
  controlFrame,
  handshakeMessage,
  heartbeatFrame,
  id,
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
