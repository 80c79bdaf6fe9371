/**
 * ZeroMQ sockets on any host: the classes take a `SocketHost` as their first argument. Hosts bind them: see `tidewire/zmtp`.
 *
 * @module
 */

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
export * from "./host_independent.ts";
