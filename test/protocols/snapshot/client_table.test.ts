/** Every state × trigger pair of the agent's table, against the real session. */
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../../src/core/mod.ts";
import {
  CLIENT_TABLE,
  type ClientAction,
  type ClientCommand,
  type ClientState,
  type ClientTrigger,
  encodeSnapshot,
} from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import {
  controlFrame,
  corrupted,
  handshakeAckMessage,
  handshakeMessage,
  heartbeatFrame,
  id,
  snapshotFrame,
  snapshotOf,
} from "./messages_of.ts";

const HOUR_MS = 3_600_000;
/** A length that holds no envelope. */
const TOO_SMALL = Uint8Array.of(4, 0, 0, 0);
const NO_EXTENSIONS = { extensions: [] } as const;

/** A session in a state, and the id of its Handshake if it sent one. */
interface Subject {
  readonly fixture: ClientFixture;
  readonly handshakeId: Uint8Array;
}

const REACH: Record<ClientState, () => Subject> = {
  offline: () => ({ fixture: new ClientFixture(), handshakeId: id(0) }),
  connecting: () => {
    const fixture = new ClientFixture();
    fixture.session.onTimeout(0);
    return { fixture, handshakeId: id(0) };
  },
  handshaking: () => {
    const fixture = new ClientFixture();
    return { fixture, handshakeId: fixture.open() };
  },
  established: () => {
    const fixture = new ClientFixture();
    const handshakeId = fixture.open();
    fixture.handshakeAck(handshakeId);
    // One on its way, so that resends and acknowledgements have something to act on.
    fixture.send(id(1));
    return { fixture, handshakeId };
  },
  leaving: () => {
    const subject = REACH.established();
    subject.fixture.receive(TOO_SMALL);
    return subject;
  },
  closed: () => {
    const subject = REACH.established();
    subject.fixture.command({ type: "close" });
    return subject;
  },
};

const COMMANDS: Partial<Record<ClientTrigger, ClientCommand>> = {
  opened: { type: "opened" },
  lost: { type: "lost", reason: "gone" },
  send: { type: "send", snapshotId: id(2), payload: encodeSnapshot(snapshotOf(id(2))) },
  forget: { type: "forget", snapshotId: id(1) },
  close: { type: "close" },
};

const FRAMES: Partial<Record<ClientTrigger, (subject: Subject) => Uint8Array>> = {
  handshake: () => controlFrame(handshakeMessage()),
  handshakeAck: ({ handshakeId }) => controlFrame(handshakeAckMessage(handshakeId)),
  handshakeUnusable: () => controlFrame(handshakeAckMessage(id(0x77))),
  heartbeat: () => heartbeatFrame(),
  snapshot: () => snapshotFrame(id(5), 5),
  ack: () =>
    controlFrame({ type: "ack", payload: { ackedId: id(9), status: 1, errorCode: 0, detail: "", ...NO_EXTENSIONS } }),
  backpressure: () =>
    controlFrame({ type: "backpressure", payload: { throttleDelayMs: 700, reason: "full", ...NO_EXTENSIONS } }),
  error: () =>
    controlFrame({ type: "error", payload: { errorCode: 14, regardingId: id(0), detail: "disk", ...NO_EXTENSIONS } }),
  badFrame: () => corrupted(heartbeatFrame()),
  fatalFrame: () => TOO_SMALL,
};

/** When a timer is due; a state without an entry does not have it. */
const TIMERS: Partial<Record<ClientTrigger, Partial<Record<ClientState, number>>>> = {
  reconnectDue: { offline: 0 },
  handshakeTimeout: { handshaking: 10_000 },
  serverSilent: { established: 15_000 },
  ackDue: { established: 2_000 },
  heartbeatDue: { established: 5_000 },
};

/** What the host sees of an action; `nothing` for those that only change what comes later. */
const SIGNS: Record<ClientAction, string | undefined> = {
  connect: "event connect",
  greet: "output handshake",
  scheduleReconnect: "timer",
  establish: "event established",
  send: "output snapshot",
  forget: "nothing",
  takeHeartbeat: "nothing",
  takeAck: "nothing",
  takeThrottle: "event throttle",
  noteError: "event serverError",
  noteBad: "event protocolError",
  leave: "event disconnect",
  resend: "event resent",
  beat: "output heartbeat",
  finish: "event disconnect",
  ignore: "nothing",
};

describe("the agent's table", () => {
  for (const [state, rules] of Object.entries(CLIENT_TABLE) as [ClientState, (typeof CLIENT_TABLE)[ClientState]][]) {
    for (const trigger of Object.keys(rules) as ClientTrigger[]) {
      it(`${state} × ${trigger}`, () => check(state, trigger));
    }
  }
});

function check(state: ClientState, trigger: ClientTrigger): void {
  const subject = REACH[state]();
  const { fixture } = subject;
  const rule = CLIENT_TABLE[state][trigger];
  expect(fixture.session.state).toBe(state);
  fixture.drain();
  fixture.events.length = 0;
  if (trigger !== "forget") fixture.messages();

  const timer = TIMERS[trigger];
  if (timer !== undefined && timer[state] === undefined) {
    // It is not set here: not even an hour brings it.
    fixture.session.onTimeout(fixture.nowMs + HOUR_MS);
    expect(fixture.trace.entries().filter((entry) => entry.from === state && entry.trigger === trigger)).toEqual([]);
    expect(rule).toEqual({ to: state, action: "ignore" });
    return;
  }
  const thrown = apply(subject, state, trigger);
  fixture.drain();
  if ("refuse" in rule) {
    expect(fixture.session.state).toBe(state);
    if (COMMANDS[trigger] !== undefined) {
      expect(thrown).toMatchObject({ code: rule.refuse, side: "local" });
    } else {
      const code = `snapshot/${rule.refuse.toLowerCase().replaceAll("_", "-")}`;
      expect(fixture.take("protocolError").map(({ error }) => error.code)).toEqual([code]);
    }
    expect(fixture.events).toEqual([]);
    return;
  }
  expect(thrown).toBeUndefined();
  expect(fixture.session.state).toBe(rule.to);
  expectSign(fixture, rule.action);
}

function apply(subject: Subject, state: ClientState, trigger: ClientTrigger): unknown {
  const { fixture } = subject;
  const command = COMMANDS[trigger];
  const frame = FRAMES[trigger];
  if (frame !== undefined) fixture.receive(frame(subject));
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

function expectSign(fixture: ClientFixture, action: ClientAction): void {
  const [kind, name] = SIGNS[action]!.split(" ");
  if (kind === "nothing") {
    expect(fixture.events).toEqual([]);
    // What was on its way before may still be taken; nothing is added.
    expect(fixture.messages().filter(({ type }) => type !== "handshake" && type !== "snapshot")).toEqual([]);
  } else if (kind === "timer") {
    expect(fixture.session.nextTimeoutMs()).toBeGreaterThan(fixture.nowMs);
    expect(fixture.messages()).toEqual([]);
  } else if (kind === "event") {
    expect(fixture.events.map(({ type }) => type)).toContain(name);
  } else {
    expect(fixture.messages().map(({ type }) => type)).toContain(name);
  }
}
