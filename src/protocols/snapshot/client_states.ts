/** The agent's side as a table (spec §6): every state × trigger pair. The diagram in the docs is printed from here. */
import type { Rule, TransitionTable } from "../../sansio/mod.ts";

export type ClientState = "offline" | "connecting" | "handshaking" | "established" | "leaving" | "closed";

/** What only a transport brings: messages, faults of the stream, and the timers of a connection. */
type TransportTrigger =
  | "handshake"
  | "handshakeAck"
  | "handshakeUnusable"
  | "heartbeat"
  | "snapshot"
  | "ack"
  | "backpressure"
  | "error"
  | "badFrame"
  | "fatalFrame"
  | "handshakeTimeout"
  | "serverSilent"
  | "ackDue"
  | "heartbeatDue";

export type ClientTrigger = TransportTrigger | "opened" | "lost" | "send" | "forget" | "close" | "reconnectDue";

export type ClientAction =
  | "connect"
  | "greet"
  | "scheduleReconnect"
  | "establish"
  | "send"
  | "forget"
  | "takeHeartbeat"
  | "takeAck"
  | "takeThrottle"
  | "noteError"
  | "noteBad"
  | "leave"
  | "resend"
  | "beat"
  | "finish"
  | "ignore";

type ClientRule = Rule<ClientState, ClientAction>;

const refuse = (code: string): ClientRule => ({ refuse: code });
const go = (to: ClientState, action: ClientAction): ClientRule => ({ to, action });

const NOT_NOW: ClientRule = refuse("snapshot/not-now");
const NOT_CONNECTED: ClientRule = refuse("snapshot/not-connected");
/** Only an agent sends these. */
const NOT_FROM_SERVERS: ClientRule = refuse("UNKNOWN_MESSAGE_TYPE");
const TOO_EARLY: ClientRule = refuse("HANDSHAKE_REQUIRED");

/** No transport, so nothing comes in; what was on its way when it went is let go. */
const WITHOUT_TRANSPORT: (state: ClientState) => Record<TransportTrigger, ClientRule> = (state) => {
  const ignore = go(state, "ignore");
  return {
    handshake: ignore,
    handshakeAck: ignore,
    handshakeUnusable: ignore,
    heartbeat: ignore,
    snapshot: ignore,
    ack: ignore,
    backpressure: ignore,
    error: ignore,
    badFrame: ignore,
    fatalFrame: ignore,
    handshakeTimeout: ignore,
    serverSilent: ignore,
    ackDue: ignore,
    heartbeatDue: ignore,
  };
};

export const CLIENT_TABLE: TransitionTable<ClientState, ClientTrigger, ClientAction> = {
  offline: {
    ...WITHOUT_TRANSPORT("offline"),
    opened: NOT_NOW,
    lost: go("offline", "ignore"),
    send: NOT_CONNECTED,
    forget: go("offline", "forget"),
    close: go("closed", "finish"),
    reconnectDue: go("connecting", "connect"),
  },
  connecting: {
    ...WITHOUT_TRANSPORT("connecting"),
    opened: go("handshaking", "greet"), // spec §6.1
    lost: go("offline", "scheduleReconnect"), // spec §6.4
    send: NOT_CONNECTED,
    forget: go("connecting", "forget"),
    close: go("closed", "finish"),
    reconnectDue: go("connecting", "ignore"),
  },
  handshaking: {
    opened: NOT_NOW,
    lost: go("offline", "scheduleReconnect"),
    send: NOT_CONNECTED,
    forget: go("handshaking", "forget"),
    close: go("closed", "finish"),
    handshake: NOT_FROM_SERVERS,
    handshakeAck: go("established", "establish"),
    handshakeUnusable: go("leaving", "leave"),
    heartbeat: TOO_EARLY,
    snapshot: NOT_FROM_SERVERS,
    ack: TOO_EARLY,
    backpressure: TOO_EARLY,
    error: go("handshaking", "noteError"),
    badFrame: go("handshaking", "noteBad"),
    fatalFrame: go("leaving", "leave"),
    reconnectDue: go("handshaking", "ignore"),
    handshakeTimeout: go("leaving", "leave"),
    serverSilent: go("handshaking", "ignore"),
    ackDue: go("handshaking", "ignore"),
    heartbeatDue: go("handshaking", "ignore"),
  },
  established: {
    opened: NOT_NOW,
    lost: go("offline", "scheduleReconnect"),
    send: go("established", "send"),
    forget: go("established", "forget"),
    close: go("closed", "finish"),
    handshake: NOT_FROM_SERVERS,
    handshakeAck: refuse("HANDSHAKE_REPEATED"),
    handshakeUnusable: refuse("HANDSHAKE_REPEATED"),
    heartbeat: go("established", "takeHeartbeat"),
    snapshot: NOT_FROM_SERVERS,
    ack: go("established", "takeAck"),
    backpressure: go("established", "takeThrottle"),
    error: go("established", "noteError"),
    badFrame: go("established", "noteBad"),
    fatalFrame: go("leaving", "leave"),
    reconnectDue: go("established", "ignore"),
    handshakeTimeout: go("established", "ignore"),
    serverSilent: go("leaving", "leave"),
    ackDue: go("established", "resend"), // spec §6.4
    heartbeatDue: go("established", "beat"), // spec §6.6
  },
  leaving: {
    ...WITHOUT_TRANSPORT("leaving"),
    opened: NOT_NOW,
    lost: go("offline", "scheduleReconnect"),
    send: NOT_CONNECTED,
    forget: go("leaving", "forget"),
    close: go("closed", "finish"),
    reconnectDue: go("leaving", "ignore"),
  },
  closed: {
    ...WITHOUT_TRANSPORT("closed"),
    opened: NOT_NOW,
    lost: go("closed", "ignore"),
    send: NOT_NOW,
    forget: go("closed", "ignore"),
    close: go("closed", "ignore"),
    reconnectDue: go("closed", "ignore"),
  },
};
