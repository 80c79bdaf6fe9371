/**
 * ZeroMQ sockets on any host: the classes take a `SocketHost` as their first argument. Hosts bind them: see `tidewire/zmtp`.
 *
 * @module
 */

export type { Message } from "../protocols/zmtp/session_types.ts";
export { Dealer } from "./api/dealer.ts";
export { Pair } from "./api/pair.ts";
export { Publisher } from "./api/publisher.ts";
export { Pull } from "./api/pull.ts";
export { Push } from "./api/push.ts";
export { Reply } from "./api/reply.ts";
export { Request } from "./api/request.ts";
export { Router } from "./api/router.ts";
export { Subscriber } from "./api/subscriber.ts";
export { XPublisher } from "./api/x_publisher.ts";
export { XSubscriber } from "./api/x_subscriber.ts";
export { Context } from "./context.ts";
export type { AuthenticateCaller } from "./engine_actions.ts";
export type { ReconnectStop } from "./engine_settings.ts";
export type { EventStream } from "./event_stream.ts";
export type { MessageLike, PartLike } from "./message_like.ts";
export type { MessageConsumer } from "./message_receiver.ts";
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
export type { CallOptions } from "./waiting_call.ts";
