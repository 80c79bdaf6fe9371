import type { HostTransportOptions, SocketHost } from "../ports/socket_host.ts";
import type { AuthenticateDecision } from "../protocols/zmtp/mechanism.ts";
import { ZmtpSession } from "../protocols/zmtp/session.ts";
import type { Wire, ZmtpSessionOptions } from "../protocols/zmtp/session_types.ts";
import type { SocketType } from "../protocols/zmtp/socket_type.ts";
import { Context } from "./context.ts";
import type { EngineSettings } from "./engine_settings.ts";
import type { Pattern, PatternServices } from "./patterns/pattern.ts";
import { securityOf } from "./security.ts";
import { SocketDriver } from "./socket_driver.ts";
import { SocketEngine } from "./socket_engine.ts";
import type { SocketEvent } from "./socket_events.ts";
import type { AuthenticateAnswer, PairOptions } from "./socket_options.ts";
import type { TrafficSession } from "./traffic_session.ts";

/** libzmq's default for both marks. */
const HIGH_WATER_MARK = 1_000;
/** A program that ends should not hang on a peer that is not there; libzmq waits without end by default. */
export const LINGER_MS = 5_000;
/** As libzmq. */
const RECONNECT_MS = 100;
const HANDSHAKE_MS = 30_000;
/** Twice the largest body that peers are tested with: what one peer can make this side hold at once. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;
const MAX_MESSAGE_PARTS = 4_096;
/** READY with a few application properties; CURVE's INITIATE is 257 octets more. */
const MAX_COMMAND_BYTES = 65_536;
const MAX_METADATA_BYTES = 16_384;
/** Half of what a process may have open by default on servers. */
const MAX_PEERS = 10_000;
const MAX_UNSENT_BYTES = 256 * 1024 * 1024;
/** Ten times what the matrix asks of one subscriber; longer topics than this are payload. */
export const MAX_SUBSCRIPTIONS = 100_000;
export const MAX_TOPIC_BYTES = 4_096;
/** A loop that sends without `await` runs into this before it fills the memory. */
export const MAX_WAITING_CALLS = 100_000;

const DEFAULT_CONTEXT = new Context();

/** What a socket class makes its driver of. */
export interface SocketParts {
  readonly host: SocketHost;
  readonly type: SocketType;
  readonly options: PairOptions;
  /** What is announced (zmtp §1.4). */
  readonly identity: Uint8Array;
  readonly createPattern: (services: PatternServices) => Pattern;
  readonly onEvent: (event: SocketEvent) => void;
  readonly onNews: () => void;
}

/**
 * @param parts checked options
 * @throws ProtocolError `sockets/bad-option` when the security options do not fit together
 */
export function openSocket(parts: SocketParts): SocketDriver {
  const { host, options } = parts;
  const session = sessionOptions(parts);
  const { authenticate } = options;
  return new SocketDriver({
    host,
    createEngine: (wake) =>
      new SocketEngine({
        settings: settingsOf(options),
        entropy: host.entropy,
        createPattern: parts.createPattern,
        openSession: (wire: Wire, nowMs: number): TrafficSession => new ZmtpSession({ ...session, wire }, nowMs),
        context: options.context ?? DEFAULT_CONTEXT,
        wake,
      }),
    transport: transportOf(options, session),
    authenticate: authenticate === undefined ? undefined : async (caller) => decisionOf(await authenticate(caller)),
    onEvent: parts.onEvent,
    onNews: parts.onNews,
  });
}

/** A linger in ms as a deadline can use it. */
export function lingerMs(linger: number | undefined): number {
  if (linger === undefined) return LINGER_MS;
  return linger < 0 ? Number.POSITIVE_INFINITY : linger;
}

function settingsOf(options: PairOptions): EngineSettings {
  return {
    sendHighWaterMark: options.sendHighWaterMark ?? HIGH_WATER_MARK,
    receiveHighWaterMark: options.receiveHighWaterMark ?? HIGH_WATER_MARK,
    conflate: options.conflate ?? false,
    immediate: options.immediate ?? false,
    lingerMs: lingerMs(options.linger),
    reconnectIntervalMs: options.reconnectInterval ?? RECONNECT_MS,
    reconnectMaxIntervalMs: options.reconnectMaxInterval ?? 0,
    reconnectStop: options.reconnectStop ?? [],
    maxPeers: options.maxPeers ?? MAX_PEERS,
    maxUnsentBytes: options.maxUnsentBytes ?? MAX_UNSENT_BYTES,
  };
}

function sessionOptions({ type, options, identity, host }: SocketParts): Omit<ZmtpSessionOptions, "wire"> {
  const { heartbeatInterval: intervalMs = 0, legacyVersions: legacy } = options;
  const maxBytes = options.maxMessageSize ?? MAX_MESSAGE_BYTES;
  const heartbeat = {
    intervalMs,
    timeoutMs: options.heartbeatTimeout ?? intervalMs,
    ttlMs: options.heartbeatTimeToLive ?? 0,
  };
  return {
    socketType: type,
    identity,
    security: securityOf(options),
    asksWho: options.authenticate !== undefined,
    limits: {
      maxFrameBytes: maxBytes,
      maxMessageBytes: maxBytes,
      maxMessageFrames: options.maxMessageParts ?? MAX_MESSAGE_PARTS,
      maxCommandBytes: MAX_COMMAND_BYTES,
      maxMetadataBytes: MAX_METADATA_BYTES,
    },
    handshakeTimeoutMs: options.handshakeInterval ?? HANDSHAKE_MS,
    ...(intervalMs > 0 ? { heartbeat } : {}),
    entropy: host.entropy,
    ...(legacy === undefined ? {} : { legacy }),
  };
}

function transportOf(options: PairOptions, session: Omit<ZmtpSessionOptions, "wire">): HostTransportOptions {
  const { mechanism } = session.security;
  const withMechanism = options.webSocketMechanism === false ? [] : [`ZWS2.0/${mechanism}`];
  // Without a mechanism nobody can be asked who he is (zmtp §1.15).
  const without = mechanism === "NULL" && !session.asksWho ? ["ZWS2.0"] : [];
  return {
    webSocketProtocols: [...withMechanism, ...without],
    maxWebSocketMessageBytes: session.limits.maxFrameBytes + 1,
    connectTimeoutMs: options.connectTimeout ?? 0,
    tls: options.tls,
  };
}

function decisionOf(answer: AuthenticateAnswer): AuthenticateDecision {
  if (typeof answer === "boolean") return { status: answer ? 200 : 400, text: "", userId: "", metadata: [] };
  return { text: "", userId: "", metadata: [], ...answer };
}
