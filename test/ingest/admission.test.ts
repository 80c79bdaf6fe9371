import { expect, test } from "vitest";
import { Fleet } from "./fleet.ts";
import { handshakeFrame } from "./handshake_frame.ts";

/** Opens a connection, says a handshake with that id, and gives what came of it. */
function shake(fleet: Fleet, connId: number, agentId: string, peerAgentIds?: readonly string[]): string {
  if (!fleet.ingest.opened(connId, `10.0.0.1:${connId}`, fleet.nowMs, peerAgentIds)) return "refused";
  fleet.ingest.receive(connId, handshakeFrame(agentId), fleet.nowMs);
  while (fleet.ingest.nextDirty() !== undefined);
  for (let event = fleet.ingest.nextEvent(); event !== undefined; event = fleet.ingest.nextEvent()) {
    fleet.events.push(event);
  }
  return fleet.ingest.isClosing(connId) ? "closing" : "open";
}

/** The code of the Error message that a connection was sent, or nothing. */
function errorCode(fleet: Fleet, connId: number): number | undefined {
  for (const bytes of fleet.ingest.takeOutput(connId)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (bytes[10] === 7) return view.getUint16(8 + view.getUint16(14, true), true);
  }
  return undefined;
}

const UNAUTHORIZED = 15;

test("an agent is let in under the ids that its certificate proves, and under no other", () => {
  const fleet = new Fleet();
  expect(shake(fleet, 1, "db-1", ["db-1"])).toBe("open");
  expect(shake(fleet, 2, "db-2", ["web", "db-2"])).toBe("open");
  expect(shake(fleet, 3, "db-1", ["db-2"])).toBe("closing");
  expect(errorCode(fleet, 3)).toBe(UNAUTHORIZED);
  expect(shake(fleet, 4, "db-1", [])).toBe("closing");
  expect(errorCode(fleet, 4)).toBe(UNAUTHORIZED);
  // Nobody who has not proved it takes the place of the one who has.
  expect(fleet.told("agentReplaced")).toEqual([]);
  expect(fleet.ingest.isClosing(1)).toBe(false);
  expect(fleet.told("unauthorized")).toMatchObject([
    { agentId: "db-1", remoteAddress: "10.0.0.1:3", peerAgentIds: "db-2" },
    { agentId: "db-1", remoteAddress: "10.0.0.1:4", peerAgentIds: "" },
  ]);
  expect(fleet.ingest.metrics.handshakesFailed.value("unauthorized")).toBe(2);
  expect(fleet.ingest.metrics.handshakes.value()).toBe(2);
  // Without client certificates nobody is asked.
  expect(shake(fleet, 5, "anyone")).toBe("open");
});

test("failed handshakes close the door to an address until time has passed, also before TLS", () => {
  const fleet = new Fleet({ limits: { addressFailures: 3 } });
  for (let connId = 1; connId <= 3; connId++) expect(shake(fleet, connId, "a", [])).toBe("closing");
  expect(shake(fleet, 4, "a", ["a"])).toBe("refused");
  expect(fleet.ingest.securing(5, "10.0.0.1:5", fleet.nowMs)).toBe(false);
  expect(fleet.ingest.opened(6, "10.0.0.2:6", fleet.nowMs)).toBe(true);
  expect(fleet.ingest.metrics.connectionsRefused.value("address-failures")).toBe(2);
  fleet.nowMs += 20_000;
  expect(shake(fleet, 7, "a", ["a"])).toBe("open");
});

test("TLS handshakes count: as half open, as failed, and not against who only went away", () => {
  const fleet = new Fleet({ limits: { addressFailures: 2, maxHalfOpen: 4 } });
  for (let connId = 1; connId <= 4; connId++) expect(fleet.ingest.securing(connId, "10.0.0.1:1", 0)).toBe(true);
  expect(fleet.ingest.securing(5, "10.0.0.9:1", 0)).toBe(false);
  expect(fleet.ingest.metrics.connectionsRefused.value("half-open-limit")).toBe(1);
  expect(fleet.ingest.opened(1, "10.0.0.1:1", 0, ["a"])).toBe(true);
  fleet.ingest.closed(2, 0, "tls-aborted");
  fleet.ingest.closed(3, 0, "tls-aborted");
  fleet.ingest.closed(4, 0, "tls-timeout");
  expect(fleet.ingest.metrics.tlsFailures.value("tls-aborted")).toBe(2);
  expect(fleet.ingest.securing(6, "10.0.0.1:1", 0)).toBe(true);
  fleet.ingest.closed(6, 0, "certificate-expired");
  expect(fleet.ingest.securing(7, "10.0.0.1:1", 0)).toBe(false);
  expect(fleet.ingest.metrics.connectionsClosed.value("tls-timeout")).toBe(0);
});

test("connections that say nothing take no more than their share of places, and give them back", async () => {
  const fleet = new Fleet({ limits: { maxHalfOpen: 10 } });
  const good = await fleet.join("good");
  for (let i = 0; i < 50; i++) fleet.open(undefined);
  expect(fleet.ingest.metrics.connectionsRefused.value("half-open-limit")).toBe(40);
  good.send();
  await fleet.advance(10);
  expect(good.stored).toHaveLength(1);
  // spec §6.1: whoever says nothing is let go after the handshake's time.
  await fleet.advance(10_000);
  expect(fleet.ingest.metrics.handshakesFailed.value("handshake-required")).toBe(10);
  expect((await fleet.join("late")).connId).toBeDefined();
});

test("a refusal is told once a second for each reason, and counted each time", () => {
  const fleet = new Fleet({ limits: { maxConnections: 1 } });
  fleet.open(undefined);
  for (let i = 0; i < 100; i++) fleet.open(undefined);
  fleet.nowMs += 1_000;
  fleet.open(undefined);
  let told = 0;
  for (let event = fleet.ingest.nextEvent(); event !== undefined; event = fleet.ingest.nextEvent()) {
    if (event.type === "connectionRefused") told++;
  }
  expect(told).toBe(2);
  expect(fleet.ingest.metrics.connectionsRefused.value("connection-limit")).toBe(101);
});

test("a drain refuses who is still under TLS handshake", async () => {
  const fleet = new Fleet();
  expect(fleet.ingest.securing(1, "10.0.0.1:1", 0)).toBe(true);
  fleet.ingest.stop(0);
  expect(fleet.ingest.opened(1, "10.0.0.1:1", 0)).toBe(false);
  await fleet.settle();
  expect(fleet.ingest.isDrained).toBe(true);
  expect(fleet.ingest.metrics.connectionsRefused.value("draining")).toBe(1);
});
