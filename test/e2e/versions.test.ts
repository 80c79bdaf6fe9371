import { expect, it } from "vitest";
import {
  decodeControl,
  decodeEnvelope,
  type Extension,
  encodeControl,
  encodeFrame,
  type VersionRange,
} from "../../src/protocols/snapshot/mod.ts";
import { AgentProcess } from "./agent_process.ts";
import { temporaryFolder } from "./places.ts";
import { RawPeer } from "./raw_peer.ts";
import { ServerProcess } from "./server_process.ts";
import { SessionAgent } from "./session_agent.ts";
import { SessionServer } from "./session_server.ts";
import { rowOf, snapshotOf } from "./snapshots.ts";
import { readSnapshots, readStore } from "./stored_snapshots.ts";

const UP_TO_1_3: VersionRange = { min: { major: 1, minor: 0 }, max: { major: 1, minor: 3 } };
/** What a minor version may add: fields as extensions (spec §5). */
const NEW_FIELDS: readonly Extension[] = [
  { tag: 3, bytes: new TextEncoder().encode("new in 1.3") },
  { tag: 64, bytes: new Uint8Array(300) },
];

/** Puts a newer version's fields into a message that is no snapshot, in envelope and payload. */
function extended(frame: Uint8Array): Uint8Array {
  const decoded = decodeEnvelope(frame);
  const message = decodeControl(frame, decoded);
  const payload = { ...message.payload, extensions: NEW_FIELDS };
  return encodeFrame(
    { ...decoded.envelope, extensions: NEW_FIELDS },
    encodeControl({ ...message, payload } as typeof message),
  );
}

it("an old agent, the real one, works with a newer server that sends fields it does not know", async () => {
  const server = await SessionServer.listen({ versions: UP_TO_1_3, rewrite: extended, heartbeatIntervalMs: 200 });
  const agent = new AgentProcess(server.address, "--interval", "100ms", "--top", "10");
  await agent.until("20 stored", () => agent.all("stored").length >= 20);
  const { code } = await agent.end("SIGTERM");
  expect(code).toBe(0);
  expect(agent.all("connected")).toEqual([expect.objectContaining({ version: "1.0" })]);
  expect(server.versions).toEqual([{ major: 1, minor: 0 }]);
  expect(new Set(agent.all("unknownExtensions").map(({ messageType }) => messageType))).toEqual(
    new Set(["handshakeAck", "ack", "heartbeat"]),
  );
  expect(agent.all("protocolError")).toEqual([]);
  expect(agent.all("finished")).toMatchObject([{ refused: 0, dropped: 0, queued: 0, stored: server.stored.length }]);
});

it("a newer agent with fields of its own works with the real server, which keeps them", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  const session = new SessionAgent({ agentId: "newer", port: () => server.port, versions: UP_TO_1_3 });
  const snapshots = [snapshotOf(1, 20), snapshotOf(2, 4_000, 20)].map((one) => ({ ...one, extensions: NEW_FIELDS }));
  session.send(...snapshots);
  await session.settled();
  expect(session.events.find(({ type }) => type === "established")).toMatchObject({ version: { major: 1, minor: 0 } });
  // Fields in the envelope and in the handshake as well, which sessions have none of.
  const peer = await RawPeer.welcome(server.port, "newest", { max: [1, 3], extensions: NEW_FIELDS });
  const extra = { ...snapshotOf(3, 5), extensions: NEW_FIELDS };
  const frame = peer.snapshot(extra, { extensions: NEW_FIELDS });
  peer.write(frame);
  expect(await peer.ackOf(frame)).toBe("stored");
  expect(peer.messages[0]!.envelope.version).toEqual({ major: 1, minor: 0 });
  const stored = await readStore(dir);
  expect(stored.map(({ payload }) => payload)).toEqual([...snapshots, extra].map(rowOf));
  expect(Buffer.compare(stored[2]!.frames[0]!, frame)).toBe(0);
});

it("two that speak 1.3 settle on it", async () => {
  const server = await SessionServer.listen({ versions: UP_TO_1_3 });
  const agent = new SessionAgent({ agentId: "both", port: () => server.port, versions: UP_TO_1_3 });
  agent.send(snapshotOf(4, 10));
  await agent.settled();
  expect(server.versions).toEqual([{ major: 1, minor: 3 }]);
  const [stored] = await readSnapshots(server.stored[0]![0]!);
  expect(stored!.payload).toEqual(rowOf(snapshotOf(4, 10)));
});

it("the real agent says why it can't work with a server of another version, and goes on trying", async () => {
  const versions = { min: { major: 2, minor: 0 }, max: { major: 2, minor: 1 } };
  const server = await SessionServer.listen({ versions });
  const agent = new AgentProcess(server.address, "--interval", "1s");
  const { detail } = await agent.event("serverError", ({ errorName }) => errorName === "VERSION_UNSUPPORTED");
  expect(detail).toContain("2.0 to 2.1");
  await agent.until("a second try", () => agent.all("serverError").length >= 2);
  await agent.end("SIGTERM");
});
