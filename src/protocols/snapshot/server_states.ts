/** The server's side as a table (spec §6): every state × trigger pair. The diagram in the docs is printed from here. */
import type { Rule, TransitionTable } from "../../sansio/mod.ts";

export type ServerState = "awaitingHandshake" | "deciding" | "established" | "closed";

export type ServerTrigger =
  | "handshake"
  | "handshakeIncompatible"
  | "handshakeAck"
  | "heartbeat"
  | "snapshot"
  | "ack"
  | "backpressure"
  | "error"
  | "foreignAgent"
  | "badFrame"
  | "fatalFrame"
  | "accept"
  | "reject"
  | "stored"
  | "refuse"
  | "forget"
  | "throttle"
  | "close"
  | "handshakeTimeout"
  | "idleTimeout";

export type ServerAction =
  | "offer"
  | "answerIncompatible"
  | "answerHeartbeat"
  | "takeSnapshot"
  | "noteError"
  | "answerBad"
  | "answerFatal"
  | "welcome"
  | "turnAway"
  | "acknowledgeStored"
  | "acknowledgeRefused"
  | "forget"
  | "sendThrottle"
  | "sayClose"
  | "dropSilent"
  | "ignore";

type ServerRule = Rule<ServerState, ServerAction>;

const refuse = (code: string): ServerRule => ({ refuse: code });
const go = (to: ServerState, action: ServerAction): ServerRule => ({ to, action });

/** Local commands that a state has no use for. */
const NOT_NOW: ServerRule = refuse("snapshot/not-now");
/** spec §6.1 */
const FIRST: ServerRule = refuse("HANDSHAKE_REQUIRED");
/** Only a server sends these; an agent's are answered like a type that is not known. */
const NOT_FROM_AGENTS: ServerRule = refuse("UNKNOWN_MESSAGE_TYPE");
const GONE: ServerRule = go("closed", "ignore");

/** While the decision is pending frames wait in the session, so no message meets this state. */
const WAITS: ServerRule = refuse("snapshot/decision-pending");

export const SERVER_TABLE: TransitionTable<ServerState, ServerTrigger, ServerAction> = {
  awaitingHandshake: {
    handshake: go("deciding", "offer"),
    handshakeIncompatible: go("closed", "answerIncompatible"), // spec §6.2
    handshakeAck: FIRST,
    heartbeat: FIRST,
    snapshot: FIRST,
    ack: FIRST,
    backpressure: FIRST,
    error: go("awaitingHandshake", "noteError"),
    foreignAgent: FIRST,
    badFrame: go("awaitingHandshake", "answerBad"),
    fatalFrame: go("closed", "answerFatal"),
    accept: NOT_NOW,
    reject: NOT_NOW,
    stored: NOT_NOW,
    refuse: NOT_NOW,
    forget: NOT_NOW,
    throttle: NOT_NOW,
    close: go("closed", "sayClose"),
    handshakeTimeout: go("closed", "dropSilent"),
    idleTimeout: go("awaitingHandshake", "ignore"),
  },
  deciding: {
    handshake: WAITS,
    handshakeIncompatible: WAITS,
    handshakeAck: WAITS,
    heartbeat: WAITS,
    snapshot: WAITS,
    ack: WAITS,
    backpressure: WAITS,
    error: WAITS,
    foreignAgent: WAITS,
    badFrame: WAITS,
    fatalFrame: WAITS,
    accept: go("established", "welcome"),
    reject: go("closed", "turnAway"),
    stored: NOT_NOW,
    refuse: NOT_NOW,
    forget: NOT_NOW,
    throttle: NOT_NOW,
    close: go("closed", "sayClose"),
    handshakeTimeout: go("closed", "dropSilent"),
    idleTimeout: go("deciding", "ignore"),
  },
  established: {
    handshake: refuse("HANDSHAKE_REPEATED"), // spec §6.1
    handshakeIncompatible: refuse("HANDSHAKE_REPEATED"),
    handshakeAck: NOT_FROM_AGENTS,
    heartbeat: go("established", "answerHeartbeat"),
    snapshot: go("established", "takeSnapshot"),
    ack: NOT_FROM_AGENTS,
    backpressure: NOT_FROM_AGENTS,
    error: go("established", "noteError"),
    foreignAgent: refuse("AGENT_MISMATCH"), // spec §7
    badFrame: go("established", "answerBad"),
    fatalFrame: go("closed", "answerFatal"),
    accept: NOT_NOW,
    reject: NOT_NOW,
    stored: go("established", "acknowledgeStored"),
    refuse: go("established", "acknowledgeRefused"),
    forget: go("established", "forget"),
    throttle: go("established", "sendThrottle"),
    close: go("closed", "sayClose"),
    handshakeTimeout: go("established", "ignore"),
    idleTimeout: go("closed", "dropSilent"), // spec §6.6
  },
  // What was decided about a connection that is gone is no error: the store may finish after the agent left.
  closed: {
    handshake: GONE,
    handshakeIncompatible: GONE,
    handshakeAck: GONE,
    heartbeat: GONE,
    snapshot: GONE,
    ack: GONE,
    backpressure: GONE,
    error: GONE,
    foreignAgent: GONE,
    badFrame: GONE,
    fatalFrame: GONE,
    accept: GONE,
    reject: GONE,
    stored: GONE,
    refuse: GONE,
    forget: GONE,
    throttle: GONE,
    close: GONE,
    handshakeTimeout: GONE,
    idleTimeout: GONE,
  },
};
