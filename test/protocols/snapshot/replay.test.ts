import { describe, expect, it } from "vitest";
import type { Replay, ReplayStep } from "../../../src/protocols/inspection.ts";
import {
  ClientSession,
  createReplay,
  encodeControl,
  encodeFrame,
  encodeSnapshot,
  ServerSession,
} from "../../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../../src/sansio/mod.ts";

const START_MS = 1_700_000_000_000;

/** Real sessions that talk in virtual time; every frame of both directions is recorded. */
class Talk {
  readonly frames: { readonly bytes: Uint8Array; readonly atMs: number; readonly side: string }[] = [];
  nowMs = START_MS;
  readonly agent = new ClientSession({
    agentId: "db-1",
    platform: 2,
    agentVersion: "1",
    hostName: "h",
    osRelease: "",
    capabilities: 0,
    entropy: { fill: (into) => void into.fill(77) },
    utcOffsetMs: 0,
  });
  server = this.#serve();
  readonly #known = new DedupeWindow(1_024);
  /** What the store does with a snapshot. */
  onSnapshot: (snapshotId: Uint8Array) => void = (snapshotId) => {
    this.server.command({ type: "stored", snapshotId }, this.nowMs);
  };

  connect(): void {
    this.agent.onTimeout(this.nowMs);
    this.agent.command({ type: "opened" }, this.nowMs);
    this.settle();
  }

  reconnect(): void {
    this.agent.command({ type: "lost", reason: "test" }, this.nowMs);
    this.nowMs += 60_000;
    this.server = this.#serve();
    this.connect();
  }

  send(n: number, processes = 1): void {
    const snapshotId = new Uint8Array(16).fill(n);
    const payload = encodeSnapshot({
      snapshotId,
      windowStartMs: 0,
      windowEndMs: 1,
      cpuTotalPct: 1,
      selection: 0,
      memUsedBytes: 1,
      memTotalBytes: 2,
      processTotal: processes,
      extensions: [],
      processes: Array.from({ length: processes }, (_, pid) => ({
        pid,
        name: `process ${pid}`,
        cpuPct: 1,
        rssBytes: 1,
        cmdline: null,
      })),
    });
    this.agent.command({ type: "send", snapshotId, payload }, this.nowMs);
    this.settle();
  }

  settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const bytes of this.agent.takeOutput()) {
        this.#record("agent", bytes);
        this.server.receive(bytes, this.nowMs);
        moved = true;
      }
      for (let event = this.server.nextEvent(); event !== undefined; event = this.server.nextEvent()) {
        if (event.type === "handshake")
          this.server.command({ type: "accept", known: this.#known, throttleDelayMs: 0 }, this.nowMs);
        if (event.type === "snapshot") this.onSnapshot(event.snapshotId);
        moved = true;
      }
      for (const bytes of this.server.takeOutput()) {
        this.#record("server", bytes);
        this.agent.receive(bytes, this.nowMs);
        moved = true;
      }
      while (this.agent.nextEvent() !== undefined) moved = true;
    }
  }

  #serve(): ServerSession {
    const entropy = { fill: (into: Uint8Array): void => void into.fill(99) };
    return new ServerSession({ entropy, utcOffsetMs: 0, platform: 2, heartbeatIntervalMs: 30_000 }, this.nowMs);
  }

  #record(side: string, bytes: Uint8Array): void {
    this.frames.push({ side, bytes: bytes.slice(), atMs: this.nowMs });
  }
}

function replayed(talk: Talk, replay: Replay = createReplay("db-1", { compressor: undefined })): ReplayStep[] {
  return talk.frames.flatMap(({ bytes, atMs }) => replay.take({ bytes, atMs, row: undefined }));
}

const eventsOf = (steps: readonly ReplayStep[], side: string): string[] =>
  steps.flatMap(({ events }) =>
    events.filter((one) => one.side === side).map(({ event }) => (event as { type: string }).type),
  );

describe("createReplay", () => {
  it("takes a whole conversation as its real sessions did, and finds no rule broken", () => {
    const talk = new Talk();
    talk.connect();
    talk.send(1);
    talk.send(2, 30_000);
    talk.nowMs += 25_000;
    talk.agent.onTimeout(talk.nowMs + 10_000);
    talk.settle();
    talk.send(3);
    const steps = replayed(talk);
    expect(steps.flatMap(({ broken }) => broken)).toEqual([]);
    expect(steps.filter(({ cause }) => cause === "frame")).toHaveLength(talk.frames.length);
    expect(eventsOf(steps, "agent").filter((type) => type === "stored")).toHaveLength(3);
    expect(eventsOf(steps, "server").filter((type) => type === "snapshot")).toHaveLength(3);
    expect(steps.at(-1)!.sides.map(({ side, state }) => [side, state])).toEqual([
      ["agent", "established"],
      ["server", "established"],
    ]);
    // The server's terms are those of the capture, not the defaults.
    const idle = steps.at(-1)!.sides[1]!.timers.find(({ name }) => name === "idleTimeout")!;
    expect(idle.atMs - steps.at(-1)!.atMs).toBe(90_000);
    // Which side a frame went to follows from what it says.
    const sides = steps.filter(({ cause }) => cause === "frame").map(({ side }) => side);
    expect(sides).toEqual(talk.frames.map(({ side }) => (side === "agent" ? "server" : "agent")));
  });

  it("follows a reconnect and knows again what was stored", () => {
    const talk = new Talk();
    talk.connect();
    talk.send(1);
    talk.reconnect();
    talk.send(2);
    talk.frames.push({ ...talk.frames[2]!, atMs: talk.nowMs });
    const steps = replayed(talk);
    expect(eventsOf(steps, "server").filter((type) => type === "duplicate")).toHaveLength(1);
    expect(eventsOf(steps, "agent").filter((type) => type === "established")).toHaveLength(2);
    expect(steps.flatMap(({ broken }) => broken)).toEqual([]);
  });

  it("starts in the middle with a connection that it assumes", () => {
    const talk = new Talk();
    talk.connect();
    talk.send(1);
    talk.frames.splice(0, 2);
    const steps = replayed(talk);
    expect(steps[0]!.cause).toBe("prelude");
    expect(steps.flatMap(({ broken }) => broken)).toEqual([]);
    expect(eventsOf(steps, "agent")).toContain("stored");
  });

  it("names the rule that a frame breaks, and the entry of the table that refuses it", () => {
    const talk = new Talk();
    talk.connect();
    const handshake = talk.frames[0]!;
    const replay = createReplay("db-1", { compressor: undefined });
    replayed(talk, replay);
    const envelope = {
      version: { major: 1, minor: 0 },
      type: "heartbeat",
      flags: 0,
      platform: 2,
      messageId: new Uint8Array(16).fill(5),
      timestampUtcMs: 0,
      agentId: "web-9",
      extensions: [],
    } as const;
    const payload = { queuedSnapshots: 1, droppedSnapshots: 0, extensions: [] };
    const foreign = encodeFrame(envelope, encodeControl({ type: "heartbeat", payload }));
    const [step] = replay.take({ bytes: foreign, atMs: handshake.atMs, row: undefined });
    expect(step!.broken).toMatchObject([
      {
        code: "AGENT_MISMATCH",
        transition: { side: "server", from: "established", trigger: "foreignAgent", refused: true },
      },
    ]);
    // The session's own answer is there to look at.
    expect(step!.output.map(({ side }) => side)).toEqual(["server"]);
    const damaged = handshake.bytes.slice();
    damaged[damaged.length - 1]! ^= 1;
    const [bad] = replay.take({ bytes: damaged, atMs: handshake.atMs, row: undefined });
    expect(bad!.broken.map(({ code }) => code)).toEqual(["CRC_MISMATCH"]);
  });

  it("shows a window that the agent overran", () => {
    const talk = new Talk();
    talk.onSnapshot = () => {};
    talk.connect();
    for (let n = 1; n <= 8; n++) talk.send(n);
    const last = talk.frames.at(-1)!.bytes;
    const other = new Talk();
    other.onSnapshot = () => {};
    other.connect();
    for (let n = 1; n <= 7; n++) other.send(n);
    other.send(9);
    talk.frames.push({ bytes: other.frames.at(-1)!.bytes, atMs: talk.nowMs, side: "agent" });
    expect(last).not.toEqual(other.frames.at(-1)!.bytes);
    const broken = replayed(talk).flatMap((step) => step.broken);
    expect(broken.map(({ code }) => code)).toEqual(["snapshot/window-exceeded"]);
  });

  it("lets timers come due between frames, one a step, and a gap of days in a bounded number of them", () => {
    const talk = new Talk();
    talk.connect();
    talk.frames.push({ ...talk.frames[0]!, atMs: talk.nowMs + 10 * 86_400_000 });
    const steps = replayed(talk);
    const timers = steps.filter(({ cause }) => cause === "timer");
    expect(timers.length).toBeGreaterThan(1);
    expect(timers.length).toBeLessThanOrEqual(16);
    expect(timers.some(({ title }) => title.startsWith("idleTimeout of the server"))).toBe(true);
    expect(steps.map(({ atMs }) => atMs)).toEqual(steps.map(({ atMs }) => atMs).sort((a, b) => a - b));
    expect(steps.at(-1)!.sides[1]!.state).toBe("established");
  });

  it("takes bytes of any kind without a throw", () => {
    const replay = createReplay("db-1", { compressor: undefined });
    for (const bytes of [new Uint8Array(0), new Uint8Array(11).fill(4), new Uint8Array(64).fill(1)]) {
      expect(replay.take({ bytes, atMs: 0, row: undefined }).length).toBeGreaterThan(0);
    }
  });
});
