/**
 * ZeroMQ sockets in plain TypeScript: `tcp://`, `ipc://`, `inproc://`, `ws://` and `wss://` on Node, Deno and Bun.
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
