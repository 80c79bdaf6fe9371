import type { CurvePrimitives } from "../ports/curve_primitives.ts";
import type { LegacyVersions } from "../protocols/zmtp/legacy.ts";
import type { AuthenticateDecision } from "../protocols/zmtp/mechanism.ts";
import type { Context } from "./context.ts";
import type { AuthenticateCaller } from "./engine_actions.ts";
import type { ReconnectStop } from "./engine_settings.ts";

/** What `authenticate` may answer: whether the caller may come in, or all of a ZAP reply (zmtp §1.16). */
export type AuthenticateAnswer = boolean | (Partial<AuthenticateDecision> & { readonly status: 200 | 300 | 400 | 500 });

/** Options that every socket has, by libzmq's names. Times are milliseconds, -1 is without end where that is said. */
export interface SocketOptions {
  /** Where `inproc://` names are; by default one for the whole program. */
  readonly context?: Context;
  /** What unsent messages have to leave when the socket is closed or an endpoint disconnected; -1 waits without end. Default 5,000. */
  readonly linger?: number;
  /** A queue for a peer only while there is a connection to it. Default false: what is sent before waits for the peer. */
  readonly immediate?: boolean;
  /** The last message of each peer only, each way; PUSH, PULL, PUB, SUB and DEALER. Default false. */
  readonly conflate?: boolean;
  /** Wait before a broken connection is dialled again, and a random part of it more; -1 is never. Default 100. */
  readonly reconnectInterval?: number;
  /** The wait doubles up to this; 0 does not double. After a handshake that failed it doubles in any case, up to 5,000. Default 0. */
  readonly reconnectMaxInterval?: number;
  /** After what it is not dialled again. Default: nothing. */
  readonly reconnectStop?: readonly ReconnectStop[];
  /** How long a dial may take; 0 leaves it to the operating system. Default 0. */
  readonly connectTimeout?: number;
  /** How long a handshake may take. Default 30,000. */
  readonly handshakeInterval?: number;
  /** A PING so often; 0 is never. Default 0. */
  readonly heartbeatInterval?: number;
  /** How long a peer may be silent after a PING. Default: the interval. */
  readonly heartbeatTimeout?: number;
  /** How long the peer is to wait for this side; at most 65,500. Default 0: it is not told. */
  readonly heartbeatTimeToLive?: number;
  /** Octets of a message and of each of its parts that are taken in. Default 128 MiB. */
  readonly maxMessageSize?: number;
  /** Parts of a message that are taken in. Default 4,096. */
  readonly maxMessageParts?: number;
  /** Connections that are accepted. Default 10,000. */
  readonly maxPeers?: number;
  /** Octets that wait to be sent to one peer, beside the high-water mark. Default 256 MiB. */
  readonly maxUnsentBytes?: number;
  /** Calls of `send`, and of `receive`, that may wait at once. Default 100,000. */
  readonly maxWaitingCalls?: number;
  /** PLAIN as a client. */
  readonly plainUsername?: string;
  readonly plainPassword?: string;
  /** PLAIN as a server; who may come in is for `authenticate` to say. */
  readonly plainServer?: boolean;
  /** CURVE as a server; keys are 32 octets or 40 characters of Z85. */
  readonly curveServer?: boolean;
  readonly curveSecretKey?: Uint8Array | string;
  /** Checked against the secret key; may be left out. */
  readonly curvePublicKey?: Uint8Array | string;
  /** CURVE as a client: the server's public key. */
  readonly curveServerKey?: Uint8Array | string;
  /** What computes CURVE. By default @noble/curves and @noble/ciphers. */
  readonly curvePrimitives?: CurvePrimitives;
  /** Asked who may come in, as a ZAP handler is; peers of NULL are asked for too. */
  readonly authenticate?: (caller: AuthenticateCaller) => AuthenticateAnswer | Promise<AuthenticateAnswer>;
  /** Takes peers of ZMTP 2.0 and 1.0. */
  readonly legacyVersions?: LegacyVersions;
  /** False offers and takes `ws://` without a mechanism only; servers of jszmq need it. Default true. */
  readonly webSocketMechanism?: boolean;
  /** Certificates for `wss://`, as the host wants them. */
  readonly tls?: unknown;
}

/** Options of sockets that send. */
export interface SendOptions {
  /** Messages that wait for one peer; 0 is no bound. Default 1,000. */
  readonly sendHighWaterMark?: number;
  /** How long a send waits for room; -1 is without end, 0 not at all. Default -1. */
  readonly sendTimeout?: number;
}

/** Options of sockets that receive. */
export interface ReceiveOptions {
  /** Messages of one peer that wait to be received; 0 is no bound. Default 1,000. */
  readonly receiveHighWaterMark?: number;
  /** How long a receive waits; -1 is without end, 0 not at all. Default -1. */
  readonly receiveTimeout?: number;
}

/** Options of sockets that say who they are. */
export interface RoutingIdOptions {
  /** 1 to 255 octets, the first one not 0. Default: none, a ROUTER makes one up. */
  readonly routingId?: string | Uint8Array;
  /** Sends an empty message to each new peer. Default false. */
  readonly probeRouter?: boolean;
}

/** Options of a `Request`. */
export interface RequestOnlyOptions {
  /** A number in each request, which its reply must carry. Default false. */
  readonly correlate?: boolean;
  /** A new request may be sent before the reply to the last one. Default false. */
  readonly relaxed?: boolean;
}

/** Options of a `Router`. */
export interface RouterOnlyOptions {
  /** Sends to unknown peers fail, sends to full ones wait. Default false: both are dropped. */
  readonly mandatory?: boolean;
  /** A newcomer takes over the id of an older peer. Default false: the newcomer is never heard. */
  readonly handover?: boolean;
}

/** Bounds of subscriptions. */
export interface TopicOptions {
  /** Of one peer, and of this socket. Default 100,000. */
  readonly maxSubscriptions?: number;
  /** Default 4,096. */
  readonly maxTopicBytes?: number;
  /** To, or from, those whose topics do not match; on both sides or on none. Default false. */
  readonly invertMatching?: boolean;
}

/** Options of a `Publisher` and an `XPublisher`. */
export interface PublisherOnlyOptions extends TopicOptions {
  /** Sends wait while a matching peer is full. Default false: that peer goes without. */
  readonly noDrop?: boolean;
}

/** Options of an `XPublisher`. */
export interface XPublisherOnlyOptions extends PublisherOnlyOptions {
  /** Which subscriptions are received: all, all and their ends, or (the default, null) the first and the last of each topic. */
  readonly verbosity?: "allSubs" | "allSubsUnsubs" | null;
  /** The application subscribes for its peers. Default false. */
  readonly manual?: boolean;
  /** Sent to each new peer. Default: none. */
  readonly welcomeMessage?: string | Uint8Array | null;
  /** Later parts of a message are subscriptions only if its first part is. Default false. */
  readonly onlyFirstSubscribe?: boolean;
}

export type PushOptions = SocketOptions & SendOptions;
export type PullOptions = SocketOptions & ReceiveOptions;
export type PairOptions = SocketOptions & SendOptions & ReceiveOptions;
export type DealerOptions = PairOptions & RoutingIdOptions;
export type RequestOptions = DealerOptions & RequestOnlyOptions;
export type ReplyOptions = PairOptions;
export type RouterOptions = DealerOptions & RouterOnlyOptions;
export type PublisherOptions = SocketOptions & SendOptions & PublisherOnlyOptions;
export type XPublisherOptions = PairOptions & XPublisherOnlyOptions;
export type SubscriberOptions = SocketOptions & ReceiveOptions & TopicOptions;
export type XSubscriberOptions = PairOptions & TopicOptions;

/** All options of all types. */
export type AnyOptions = RequestOptions & RouterOptions & XPublisherOptions & XSubscriberOptions;
