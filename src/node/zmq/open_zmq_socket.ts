import type { DuplexSocket } from "../../sockets/duplex_socket.ts";
import type { ReceivingSocket } from "../../sockets/receiving_socket.ts";
import type { SendingSocket } from "../../sockets/sending_socket.ts";
import { Dealer, Pair, Pull, Push, Reply, Request, Router, Subscriber, XPublisher, XSubscriber } from "../zmtp/mod.ts";
import type { ZmqSettings } from "./zmq_flags.ts";

/** What a type does with standard input and output. */
export type ZmqRole =
  /** Messages are printed. */
  | "prints"
  /** Lines are sent. */
  | "sends"
  /** Both, independently. */
  | "both"
  /** A line, then its reply. */
  | "asks"
  /** A request, then a line as its reply. */
  | "answers"
  /** Lines are sent once somebody subscribes. */
  | "publishes";

/** The types by the names that one types, and what they do. */
export const ZMQ_ROLES: Readonly<Record<string, ZmqRole>> = {
  sub: "prints",
  pull: "prints",
  pub: "publishes",
  push: "sends",
  req: "asks",
  rep: "answers",
  dealer: "both",
  router: "both",
  pair: "both",
  xpub: "both",
  xsub: "both",
};

/** A socket that can do whatever its role asks for. */
export type ZmqSocket = DuplexSocket | SendingSocket | ReceivingSocket;

/** @throws ProtocolError `sockets/bad-option` */
export function openZmqSocket(type: string, settings: ZmqSettings): ZmqSocket {
  const options = { ...settings.security, linger: settings.lingerMs };
  switch (type) {
    case "sub": {
      const socket = new Subscriber(options);
      socket.subscribe(...settings.topics);
      return socket;
    }
    case "xsub":
      return new XSubscriber(options);
    case "pull":
      return new Pull(options);
    case "push":
      return new Push(options);
    // It hears who subscribes: what is published before somebody does is for nobody.
    case "pub":
    case "xpub":
      return new XPublisher(options);
    case "req":
      return new Request(options);
    case "rep":
      return new Reply(options);
    case "dealer":
      return new Dealer(options);
    case "router":
      return new Router(options);
    default:
      return new Pair(options);
  }
}
