/**
 * ZeroMQ sockets in browsers: `ws://` and `wss://` to servers, `inproc://` within the page.
 *
 * @module
 */

export * from "../../sockets/host_independent.ts";
export { curveKeyPair } from "./curve_key_pair.ts";
export {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "./sockets.ts";
