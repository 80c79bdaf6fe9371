/**
 * What `tidewire/zmtp` has on every host, beside the sockets: types, keys, and the protocol without sockets.
 *
 * @module
 */

export type { CurvePrimitives } from "../ports/curve_primitives.ts";
export * from "../protocols/zmtp/mod.ts";
export { Context } from "./context.ts";
export type { CurveKeyPair } from "./curve_key_pair.ts";
export type { AuthenticateCaller } from "./engine_actions.ts";
export type { ReconnectStop } from "./engine_settings.ts";
export type { EventStream } from "./event_stream.ts";
export type { MessageLike, PartLike } from "./message_like.ts";
export type { MessageConsumer } from "./message_receiver.ts";
export { type NativeSodium, nativeSodiumCurve } from "./native_sodium_curve.ts";
export { nobleCurve } from "./noble_curve.ts";
export type { CloseOptions, ConnectOptions, Socket } from "./socket.ts";
export type { SocketErrorCode } from "./socket_error.ts";
export type { SocketEvent } from "./socket_events.ts";
export type {
  AuthenticateAnswer,
  DealerOptions,
  PairOptions,
  PublisherOptions,
  PullOptions,
  PushOptions,
  ReplyOptions,
  RequestOptions,
  RouterOptions,
  SocketOptions,
  SubscriberOptions,
  XPublisherOptions,
  XSubscriberOptions,
} from "./socket_options.ts";
export { type SodiumBox, sodiumCurve } from "./sodium_curve.ts";
export type { SodiumModule } from "./sodium_memory.ts";
export type { CallOptions } from "./waiting_call.ts";
export { z85Decode, z85Encode } from "./z85.ts";
