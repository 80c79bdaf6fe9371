/** Every state × trigger pair of the server's table, against the real session. */
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../../src/core/mod.ts";
import {
  SERVER_TABLE,
  type ServerAction,
  type ServerCommand,
  type ServerState,
  type ServerTrigger,
} from "../../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../../src/sansio/mod.ts";
import {
  controlFrame,
  corrupted,
  handshakeAckMessage,
  handshakeMessage,
  heartbeatFrame,
  id,
  snapshotFrame,
} from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

const HOUR_MS = 3_600_000;
/** A length that holds no envelope. */
const TOO_SMALL = Uint8Array.of(4, 0, 0, 0);
const NO_EXTENSIONS = { extensions: [] } as const;

const REACH: Record<ServerState, () => ServerFixture> = {
  awaitingHandshake: () => new ServerFixture(),
  deciding: () => {
    const fixture = new ServerFixture();
    fixture.receive(controlFrame(handshakeMessage(), 0xaa));
    return fixture;
  },
  established: () => {
    const fixture = ServerFixture.established();
    // One that waits for the store, so that its answers have something to act on.
    fixture.receive(snapshotFrame(id(1), 1));
    return fixture;
  },
  closed: () => {
    const fixture = REACH.established();
    fixture.receive(TOO_SMALL);
    return fixture;
  },
};

const COMMANDS: Partial<Record<ServerTrigger, ServerCommand>> = {
  accept: { type: "accept", known: new DedupeWindow(4), throttleDelayMs: 0 },
  reject: { type: "reject", errorName: "UNAUTHORIZED", detail: "no" },
  stored: { type: "stored", snapshotId: id(1) },
  refuse: { type: "refuse", snapshotId: id(1), errorName: "STORE_FAILED", detail: "no" },
  forget: { type: "forget", snapshotId: id(1) },
  throttle: { type: "throttle", throttleDelayMs: 900, reason: "slow" },
  close: { type: "close", errorName: "SHUTTING_DOWN", detail: "bye" },
};

const FRAMES: Partial<Record<ServerTrigger, Uint8Array>> = {
  handshake: controlFrame(handshakeMessage(), 0x21),
  handshakeIncompatible: controlFrame(handshakeMessage({ minMajor: 2, maxMajor: 2 }), 0x22),
  handshakeAck: controlFrame(handshakeAckMessage(id(1)), 0x23),
  heartbeat: heartbeatFrame(0x24),
  snapshot: snapshotFrame(id(2), 0x25),
  ack: controlFrame(
    { type: "ack", payload: { ackedId: id(1), status: 1, errorCode: 0, detail: "", ...NO_EXTENSIONS } },
    0x26,
  ),
  backpressure: controlFrame(
    { type: "backpressure", payload: { throttleDelayMs: 1, reason: "", ...NO_EXTENSIONS } },
    0x27,
  ),
  error: controlFrame(
    { type: "error", payload: { errorCode: 1, regardingId: id(0), detail: "", ...NO_EXTENSIONS } },
    0x28,
  ),
  foreignAgent: heartbeatFrame(0x29, { agentId: "another" }),
  badFrame: corrupted(heartbeatFrame(0x2a)),
  fatalFrame: TOO_SMALL,
};

/** When a timer is due; a state without an entry does not have it. */
const TIMERS: Partial<Record<ServerTrigger, Partial<Record<ServerState, number>>>> = {
  handshakeTimeout: { awaitingHandshake: 10_000, deciding: 10_000 },
  idleTimeout: { established: 15_000 },
};

/** What the host and the agent see of an action. */
const SIGNS: Record<ServerAction, readonly string[]> = {
  offer: ["event handshake"],
  answerIncompatible: ["output error", "event disconnect"],
  answerHeartbeat: ["output heartbeat", "event heartbeat"],
  takeSnapshot: ["event snapshot"],
  noteError: ["event protocolError"],
  answerBad: ["output error", "event protocolError"],
  answerFatal: ["output error", "event protocolError", "event disconnect"],
  welcome: ["output handshakeAck"],
  turnAway: ["output error", "event disconnect"],
  acknowledgeStored: ["output ack"],
  acknowledgeRefused: ["output ack"],
  forget: [],
  sendThrottle: ["output backpressure"],
  sayClose: ["output error", "event disconnect"],
  dropSilent: ["output error", "event disconnect"],
  ignore: [],
};

describe("the server's table", () => {
  for (const [state, rules] of Object.entries(SERVER_TABLE) as [ServerState, (typeof SERVER_TABLE)[ServerState]][]) {
    for (const trigger of Object.keys(rules) as ServerTrigger[]) {
      it(`${state} × ${trigger}`, () => check(state, trigger));
    }
  }
});

function check(state: ServerState, trigger: ServerTrigger): void {
  const fixture = REACH[state]();
  const rule = SERVER_TABLE[state][trigger];
  expect(fixture.session.state).toBe(state);
  fixture.events.length = 0;
  fixture.messages();

  const timer = TIMERS[trigger];
  if (timer !== undefined && timer[state] === undefined) {
    fixture.session.onTimeout(fixture.nowMs + HOUR_MS);
    expect(fixture.trace.entries().filter((entry) => entry.from === state && entry.trigger === trigger)).toEqual([]);
    expect(rule).toEqual({ to: state, action: "ignore" });
    return;
  }
  if (state === "deciding" && FRAMES[trigger] !== undefined) {
    checkWaits(fixture, trigger);
    return;
  }
  const thrown = apply(fixture, state, trigger);
  fixture.drain();
  const messages = fixture.messages();
  if ("refuse" in rule) {
    expect(fixture.session.state).toBe(state);
    if (COMMANDS[trigger] !== undefined) {
      expect(thrown).toMatchObject({ code: rule.refuse, side: "local" });
      expect(messages).toEqual([]);
      return;
    }
    const code = `snapshot/${rule.refuse.toLowerCase().replaceAll("_", "-")}`;
    expect(fixture.take("protocolError").map(({ error }) => error.code)).toEqual([code]);
    expect(messages.map(({ type }) => type)).toEqual(["error"]);
    // The answer names the message.
    expect(messages[0]).toMatchObject({ payload: { regardingId: FRAMES[trigger]!.slice(16, 32) } });
    return;
  }
  expect(thrown).toBeUndefined();
  expect(fixture.session.state).toBe(rule.to);
  const signs = [...messages.map(({ type }) => `output ${type}`), ...fixture.events.map(({ type }) => `event ${type}`)];
  expect(signs).toEqual(SIGNS[rule.action]);
}

/** While the host decides, what comes in waits: it is answered after the decision as it would have been behind it. */
function checkWaits(fixture: ServerFixture, trigger: ServerTrigger): void {
  expect(SERVER_TABLE.deciding[trigger]).toEqual({ refuse: "snapshot/decision-pending" });
  fixture.receive(FRAMES[trigger]!);
  expect(fixture.session.state).toBe("deciding");
  expect(fixture.events).toEqual([]);
  expect(fixture.messages()).toEqual([]);
  fixture.accept();
  const later = fixture.messages().slice(1);
  const laterEvents = fixture.events;

  const straight = ServerFixture.established();
  straight.receive(FRAMES[trigger]!);
  const withoutIds = (list: unknown[]): unknown =>
    JSON.parse(JSON.stringify(list, (key, value) => (key === "messageId" ? "" : value)));
  expect(withoutIds(later)).toEqual(withoutIds(straight.messages()));
  expect(withoutIds(laterEvents)).toEqual(withoutIds(straight.events));
  expect(fixture.session.state).toBe(straight.session.state);
}

function apply(fixture: ServerFixture, state: ServerState, trigger: ServerTrigger): unknown {
  const command = COMMANDS[trigger];
  const frame = FRAMES[trigger];
  if (frame !== undefined) fixture.receive(frame);
  else if (command === undefined) fixture.session.onTimeout(fixture.nowMs + TIMERS[trigger]![state]!);
  else {
    try {
      fixture.session.command(command, fixture.nowMs);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
      return error;
    }
  }
  return undefined;
}
