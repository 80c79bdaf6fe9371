import { expect, it } from "vitest";
import { ClientSession, encodeControl, encodeFrame, PLATFORM_LINUX } from "../../../src/protocols/snapshot/mod.ts";

const NO_COUNTS = { queuedSnapshots: 0, droppedSnapshots: 0, extensions: [] };

function heartbeat(): Uint8Array {
  const envelope = {
    version: { major: 1, minor: 0 },
    type: "heartbeat" as const,
    flags: 0,
    platform: PLATFORM_LINUX,
    messageId: new Uint8Array(16),
    timestampUtcMs: 0,
    agentId: "agent",
    extensions: [],
  };
  return encodeFrame(envelope, encodeControl({ type: "heartbeat", payload: NO_COUNTS }));
}

it("an agent that a damaged length has made deaf leaves, whatever bytes still come in", () => {
  const session = agentSession();
  const damaged = heartbeat();
  // 4 MiB more than there is: within what a receiver skips (spec §1).
  damaged[2]! ^= 0x40;
  session.receive(damaged, 1_000);
  let left: number | undefined;
  for (let nowMs = 2_000; nowMs <= 60_000 && left === undefined; nowMs += 1_000) {
    session.receive(heartbeat(), nowMs);
    session.onTimeout(nowMs);
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      if (event.type === "disconnect") left = nowMs;
    }
  }
  expect(left).toBe(15_000);
});

it("an agent whose server answers stays", () => {
  const session = agentSession();
  for (let nowMs = 1_000; nowMs <= 60_000; nowMs += 1_000) {
    session.receive(heartbeat(), nowMs);
    session.onTimeout(nowMs);
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      expect(event.type).not.toBe("disconnect");
    }
  }
});

/** An agent right behind its handshake at time 0, with a heartbeat every 5 seconds. */
function agentSession(): ClientSession {
  const session = new ClientSession({
    agentId: "agent",
    platform: PLATFORM_LINUX,
    agentVersion: "",
    hostName: "",
    osRelease: "",
    capabilities: 0,
    entropy: { fill: (into) => void into.fill(1) },
    utcOffsetMs: 0,
  });
  session.onTimeout(0);
  session.command({ type: "opened" }, 0);
  const handshake = session.takeOutput()[0]!;
  const payload = {
    handshakeId: handshake.slice(16, 32),
    chosenMajor: 1,
    chosenMinor: 0,
    compression: 0,
    heartbeatIntervalMs: 5_000,
    targetSnapshotBytes: 65_536,
    maxFrameBytes: 262_144,
    maxUnstoredSnapshots: 8,
    throttleDelayMs: 0,
    extensions: [],
  };
  const envelope = {
    version: { major: 1, minor: 0 },
    type: "handshakeAck" as const,
    flags: 0,
    platform: PLATFORM_LINUX,
    messageId: new Uint8Array(16),
    timestampUtcMs: 0,
    agentId: "agent",
    extensions: [],
  };
  session.receive(encodeFrame(envelope, encodeControl({ type: "handshakeAck", payload })), 0);
  expect(session.state).toBe("established");
  while (session.nextEvent() !== undefined);
  return session;
}
