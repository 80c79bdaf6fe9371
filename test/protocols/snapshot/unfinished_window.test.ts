import { expect, it } from "vitest";
import { FLAG_SEGMENTED, idHex, type Segment } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { id, type WireMessage } from "./messages_of.ts";

// The simulation lost snapshots of honest agents to REASSEMBLY_OVERFLOW: parts of more than four were on their way, and a
// noisy line kept them all unfinished.

const isPart = ({ envelope }: WireMessage): boolean => (envelope.flags & FLAG_SEGMENTED) !== 0;

function segmentOf(message: WireMessage): Segment {
  if (message.type !== "snapshot" || message.segment === undefined) throw new Error("not a part");
  return message.segment;
}

const snapshotIdOf = (message: WireMessage): string => idHex(segmentOf(message).snapshotId);

it("no more than four snapshots in parts are on their way, and what is behind them waits in line", () => {
  const client = ClientFixture.established({}, { targetSnapshotBytes: 400, maxUnstoredSnapshots: 16 });
  client.send(id(1));
  for (let n = 2; n <= 7; n++) client.send(id(n), 20);
  client.send(id(8));
  const first = client.messages();
  expect(isPart(first[0]!)).toBe(false);
  expect(new Set(first.filter(isPart).map(snapshotIdOf)).size).toBe(4);
  expect(client.session.capacity).toBe(8);

  client.ack(first.filter(isPart)[0]!.envelope.messageId, 1);
  const second = client.messages();
  expect(second.length).toBeGreaterThan(1);
  expect(second.every(isPart)).toBe(true);

  // The small one goes out behind the last in parts, not before it.
  client.ack(second[0]!.envelope.messageId, 1);
  const third = client.messages();
  expect(third.slice(0, -1).every(isPart)).toBe(true);
  expect(isPart(third.at(-1)!)).toBe(false);
});

it("the bytes of snapshots in parts stay within what a server holds for an agent", () => {
  const client = ClientFixture.established({}, { targetSnapshotBytes: 65_536, maxUnstoredSnapshots: 16 });
  for (let n = 1; n <= 3; n++) client.send(id(n), 250_000);
  const bytes = client.messages().reduce((sum, message) => sum + segmentOf(message).slice.length, 0);
  expect(bytes).toBeGreaterThan(12_000_000);
  expect(bytes).toBeLessThan(17_000_000);
});
