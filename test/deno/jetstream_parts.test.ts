import assert from "node:assert/strict";
import type { JetStreamClient } from "@nats-io/jetstream";
import { parseJetstreamAddress } from "../../deno/jetstream_address.ts";
import { agentToken, readRecordMsgId, recordMsgId } from "../../deno/jetstream_names.ts";
import { JetstreamPublisher, PARTS_HEADER } from "../../deno/jetstream_publisher.ts";
import { DEDUPE_WINDOW_MS, judgeStream, type StreamSettings, StreamUnfit } from "../../deno/jetstream_stream.ts";
import { PublishGate } from "../../deno/publish_gate.ts";
import { idHex } from "../../src/protocols/snapshot/mod.ts";
import { makeRecord } from "./records.ts";

const SOUND: StreamSettings = {
  subjects: ["tidewire.snapshots.>"],
  storage: "file",
  num_replicas: 3,
  retention: "limits",
  discard: "new",
  max_age: 0,
  max_bytes: -1,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  max_msg_size: -1,
  duplicate_window: DEDUPE_WINDOW_MS * 1_000_000,
};

function judge(change: Partial<StreamSettings>): string[] {
  return judgeStream({ ...SOUND, ...change }, "tidewire.snapshots", 1_048_576);
}

Deno.test("a store's address is read, and what is wrong with one is said", () => {
  assert.deepEqual(parseJetstreamAddress("jetstream://127.0.0.1:4222,[::1]:4223/FLEET?create=replicas=3&subject=a.b"), {
    servers: [
      { hostname: "127.0.0.1", port: 4222 },
      { hostname: "::1", port: 4223 },
    ],
    stream: "FLEET",
    subjectPrefix: "a.b",
    createReplicas: 3,
  });
  assert.equal(parseJetstreamAddress("jetstream://a:1/S").createReplicas, undefined);
  for (const [text, message] of [
    ["nats://a:1/S", /is no jetstream:/],
    ["jetstream://a:1", /is no jetstream:/],
    ["jetstream://a:1/S.T", /is no jetstream:/],
    ["jetstream://a/S", /HOST:PORT/],
    ["jetstream://a:1,/S", /HOST:PORT/],
    ["jetstream://a:1/S?create=3", /expected create=replicas=3/],
    ["jetstream://a:1/S?create=replicas=7", /expected create=replicas=3/],
    ["jetstream://a:1/S?subject=a.*", /is no subject/],
    ["jetstream://a:1/S?replicas=3", /none of create, subject/],
    [`jetstream://${Array.from({ length: 33 }, () => "a:1").join(",")}/S`, /more than 32/],
  ] as const) {
    assert.throws(() => parseJetstreamAddress(text), message, text);
  }
});

Deno.test("agents' names make tokens of a subject, and come back from them", () => {
  const { snapshotId } = makeRecord(7);
  for (const agentId of ["db-1", "a.b*c>d e", "Zürich/東京", "%2E~!'()", "\t", "_", "a".repeat(128)]) {
    assert.match(agentToken(agentId), /^[A-Za-z0-9_%-]+$/);
    assert.deepEqual(readRecordMsgId(recordMsgId({ agentId, snapshotId })), { agentId, snapshotId });
  }
  for (const other of ["", "db-1", `db-1.${"0".repeat(31)}`, `db-1.${"0".repeat(32)}.nonce.0`, `%.${"0".repeat(32)}`]) {
    assert.equal(readRecordMsgId(other), undefined, other);
  }
});

Deno.test("what a stream's settings promise less is said, and what makes it useless is refused", () => {
  assert.deepEqual(judge({}), []);
  const lessPromised: [Partial<StreamSettings>, RegExp][] = [
    [{ storage: "memory" }, /^storage is memory/],
    [{ num_replicas: 1 }, /sync_interval: always/],
    [{ max_bytes: 1e9 }, /^discard is new with max_bytes: a full stream takes nothing more/],
    [{ discard: "old", max_age: 1e9, max_msgs: 5 }, /^discard is old with max_age, max_msgs: the oldest snapshots go/],
    [{ duplicate_window: 60e9 }, /^duplicate_window is 60 s, shorter than the 120 s/],
  ];
  for (const [change, message] of lessPromised) {
    const [warning, ...others] = judge(change);
    assert.match(warning!, message);
    assert.deepEqual(others, []);
  }
  const useless: [Partial<StreamSettings>, RegExp][] = [
    [{ retention: "interest" }, /retention is interest/],
    [{ retention: "workqueue" }, /retention is workqueue/],
    [{ no_ack: true }, /no_ack/],
    [{ sealed: true }, /sealed/],
    [{ mirror: { name: "X" } }, /mirror/],
    [{ subjects: ["other.>"] }, /takes other\.>, and not tidewire\.snapshots\.>/],
    [{ max_msg_size: 1_000 }, /1000 bytes, expected at least 65536/],
  ];
  for (const [change, message] of useless) {
    assert.throws(
      () => judge(change),
      (error) => error instanceof StreamUnfit && message.test(error.message),
    );
  }
  for (const subjects of [[">"], ["tidewire.>"], ["x", "tidewire.snapshots.*"]])
    assert.deepEqual(judge({ subjects }), []);
});

Deno.test("publishes pass in their order, within the bounds of number and bytes", async () => {
  const gate = new PublishGate(3, 100);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const passing = [40, 40, 40, 10, 500, 1].map((bytes, i) =>
    gate.pass(bytes, () => {
      begun.push(i);
      return new Promise<void>((end) => ends.push(end));
    }),
  );
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  const steps: number[][] = [];
  for (let i = 0; i < passing.length; i++) {
    await settle();
    steps.push([...begun]);
    ends[i]!();
  }
  await Promise.all(passing);
  assert.deepEqual(steps, [
    [0, 1],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4, 5],
  ]);
});

/** A stream that answers as it is told, in turn; nothing more to say is a sequence number. */
function scriptedStream(script: readonly ({ seq: number; duplicate?: boolean } | Error)[]): {
  readonly published: { subject: string; msgId: string; bytes: number; parts: string }[];
  readonly publisher: JetstreamPublisher;
  readonly clock: { nowMs: number };
} {
  const published: { subject: string; msgId: string; bytes: number; parts: string }[] = [];
  const clock = { nowMs: 0 };
  const publish: JetStreamClient["publish"] = (subject, payload, options) => {
    const answer = script[published.length] ?? { seq: published.length + 1 };
    const bytes = (payload as Uint8Array).length;
    published.push({ subject, msgId: options!.msgID!, bytes, parts: options!.headers!.get(PARTS_HEADER) });
    clock.nowMs += 100;
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ stream: "S", duplicate: false, ...answer });
  };
  const publisher = new JetstreamPublisher({
    client: { publish } as JetStreamClient,
    stream: "S",
    subjectPrefix: "p",
    maxMessageBytes: 70_000,
    patienceMs: 1_000,
    isConnected: () => true,
    monotonicMs: () => clock.nowMs,
  });
  return { published, publisher, clock };
}

Deno.test("a duplicate that the stream has not stored yet is no word of it: it is tried until there is one", async () => {
  const { published, publisher } = scriptedStream([
    { seq: 0, duplicate: true },
    new Error("timeout"),
    { seq: 9, duplicate: true },
  ]);
  await publisher.publish([makeRecord(1)]);
  assert.equal(published.length, 3);
  assert.equal(new Set(published.map(({ msgId }) => msgId)).size, 1);
  assert.equal(publisher.duplicates, 1);
});

Deno.test("an agent's next snapshot is not published before the one ahead of it is acknowledged", async () => {
  const { published, publisher } = scriptedStream([{ seq: 1 }, ...Array.from({ length: 50 }, () => new Error("lost"))]);
  await assert.rejects(publisher.publish([1, 2, 3].map((n) => makeRecord(n))), /lost/);
  const ids = published.map(({ msgId }) => msgId.slice(-1));
  assert.deepEqual([...new Set(ids)], ["1", "2"]);
});

Deno.test("a snapshot over the largest message goes in parts, and only what names them bears its id", async () => {
  const { published, publisher } = scriptedStream([]);
  const record = makeRecord(5, { parts: 3, bytes: 150_000 });
  await publisher.publish([record]);
  assert.equal(published.length, 4);
  assert.equal(
    published.slice(0, 3).reduce((sum, { bytes }) => sum + bytes, 0),
    record.frameBytes,
  );
  for (const { bytes } of published) assert.ok(bytes <= 70_000 - 4_096);
  const last = published.at(-1)!;
  assert.deepEqual(last, { subject: "p.db-1", msgId: `db-1.${idHex(record.snapshotId)}`, bytes: 0, parts: "1,2,3" });
  for (const { msgId } of published.slice(0, 3)) assert.equal(readRecordMsgId(msgId), undefined);
});
