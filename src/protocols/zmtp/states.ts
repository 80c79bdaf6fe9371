/** A ZMTP connection as a table (zmtp §1): every state × trigger pair. The diagram in the docs is printed from here. */
import type { Rule, TransitionTable } from "../../sansio/mod.ts";

/** Greetings cross; then the mechanism speaks; then messages go both ways; then it is over, whoever ended it. */
export type ZmtpState = "greeting" | "securing" | "ready" | "over";

export type ZmtpTrigger =
  /** The peer's greeting is whole and fits; or there is none, on a WebSocket. */
  | "greeted"
  /** A peer of 2.0 or 1.0 has greeted and said its identity; or one of `ZWS2.0` its routing id. */
  | "identified"
  | "command"
  | "message"
  | "peerError"
  /** The mechanism let both in. */
  | "secured"
  /** The peer broke a rule, or somebody was not let in. */
  | "fault"
  | "handshakeTimeout"
  /** Nothing came in within what heartbeats allow. */
  | "silence"
  | "beat"
  | "subscribe"
  | "cancel"
  | "decide"
  | "close";

export type ZmtpAction =
  | "startMechanism"
  | "open"
  | "negotiate"
  | "obey"
  | "deliver"
  | "fail"
  | "ping"
  | "tell"
  | "decide"
  | "finish"
  | "ignore";

type ZmtpRule = Rule<ZmtpState, ZmtpAction>;

const go = (to: ZmtpState, action: ZmtpAction): ZmtpRule => ({ to, action });
const FAIL: ZmtpRule = go("over", "fail");
const NOT_READY: ZmtpRule = { refuse: "not-ready" };
const NOT_ASKED: ZmtpRule = { refuse: "not-asked" };
/** What can't happen there is a fault all the same. */
const OUT_OF_ORDER: ZmtpRule = FAIL;

export const ZMTP_TABLE: TransitionTable<ZmtpState, ZmtpTrigger, ZmtpAction> = {
  greeting: {
    greeted: go("securing", "startMechanism"), // zmtp §1.1
    identified: go("ready", "open"), // zmtp §1.14, §1.15
    command: OUT_OF_ORDER,
    message: OUT_OF_ORDER,
    peerError: FAIL,
    secured: OUT_OF_ORDER,
    fault: FAIL,
    handshakeTimeout: FAIL, // zmtp §1.13
    silence: go("greeting", "ignore"),
    beat: go("greeting", "ignore"),
    subscribe: NOT_READY,
    cancel: NOT_READY,
    decide: NOT_ASKED,
    close: go("over", "finish"),
  },
  securing: {
    greeted: OUT_OF_ORDER,
    identified: OUT_OF_ORDER,
    command: go("securing", "negotiate"),
    message: FAIL, // zmtp §1.10, trap 4
    peerError: FAIL, // zmtp §1.3
    secured: go("ready", "open"),
    fault: FAIL,
    handshakeTimeout: FAIL,
    silence: go("securing", "ignore"),
    beat: go("securing", "ignore"),
    subscribe: NOT_READY,
    cancel: NOT_READY,
    decide: go("securing", "decide"), // zmtp §1.16
    close: go("over", "finish"),
  },
  ready: {
    greeted: OUT_OF_ORDER,
    identified: OUT_OF_ORDER,
    command: go("ready", "obey"), // zmtp §1.3
    message: go("ready", "deliver"),
    peerError: go("ready", "ignore"), // as libzmq: after the handshake it is a command like any unknown one
    secured: OUT_OF_ORDER,
    fault: FAIL,
    handshakeTimeout: go("ready", "ignore"),
    silence: FAIL, // zmtp §1.13
    beat: go("ready", "ping"), // zmtp §1.13
    subscribe: go("ready", "tell"), // zmtp §1.9
    cancel: go("ready", "tell"),
    decide: NOT_ASKED,
    close: go("over", "finish"),
  },
  over: {
    greeted: go("over", "ignore"),
    identified: go("over", "ignore"),
    command: go("over", "ignore"),
    message: go("over", "ignore"),
    peerError: go("over", "ignore"),
    secured: go("over", "ignore"),
    fault: go("over", "ignore"),
    handshakeTimeout: go("over", "ignore"),
    silence: go("over", "ignore"),
    beat: go("over", "ignore"),
    subscribe: NOT_READY,
    cancel: NOT_READY,
    decide: go("over", "ignore"),
    close: go("over", "ignore"),
  },
};
