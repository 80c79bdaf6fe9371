import * as sockets from "../../sockets/mod.ts";
import { nodeSocketHost } from "./socket_host.ts";

/**
 * Sends to each peer in turn and hears all of them fairly, without the turns of a `Request`.
 *
 * @example
 * ```ts
 * import { Dealer, Router } from "tidewire/zmtp";
 * const router = new Router();
 * const dealer = new Dealer();
 * dealer.connect(await router.bind("tcp://127.0.0.1:0"));
 * await dealer.sendBatch([["job", "1"], ["job", "2"]]);
 * console.log((await router.receive()).length); // 3: the dealer's id, then the two parts
 * await Promise.all([dealer.close(), router.close()]);
 * ```
 */
export class Dealer extends sockets.Dealer {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.DealerOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * One peer, both ways.
 *
 * @example
 * ```ts
 * import { Pair } from "tidewire/zmtp";
 * const a = new Pair();
 * const b = new Pair();
 * b.connect(await a.bind("tcp://127.0.0.1:0"));
 * await b.send("hello");
 * console.log(new TextDecoder().decode((await a.receive())[0])); // hello
 * await Promise.all([a.close(), b.close()]);
 * ```
 */
export class Pair extends sockets.Pair {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PairOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Sends each message to all peers that have subscribed to a beginning of its first part.
 *
 * @example
 * ```ts
 * import { Publisher, Subscriber } from "tidewire/zmtp";
 * const publisher = new Publisher();
 * const subscriber = new Subscriber();
 * subscriber.subscribe("weather.");
 * subscriber.connect(await publisher.bind("tcp://127.0.0.1:0"));
 * // What is published before a subscription has arrived is for nobody.
 * const timer = setInterval(() => publisher.send(["weather.oslo", "rain"]), 10);
 * console.log((await subscriber.receive()).length); // 2
 * clearInterval(timer);
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class Publisher extends sockets.Publisher {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PublisherOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Receives from all peers fairly.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "tidewire/zmtp";
 * const pull = new Pull();
 * const push = new Push();
 * push.connect(await pull.bind("tcp://127.0.0.1:0"));
 * await push.sendBatch(["1", "2", "3"]);
 * for await (const [part] of pull) if (new TextDecoder().decode(part) === "3") break;
 * await Promise.all([push.close(), pull.close()]);
 * ```
 */
export class Pull extends sockets.Pull {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PullOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Sends each message to the next peer that has room; waits while none has.
 *
 * @example
 * ```ts
 * import { Pull, Push } from "tidewire/zmtp";
 * const push = new Push({ sendHighWaterMark: 10_000 });
 * const pull = new Pull();
 * pull.connect(await push.bind("tcp://127.0.0.1:0"));
 * await push.send(["a message", "of two parts"]);
 * console.log((await pull.receive()).length); // 2
 * await Promise.all([push.close(), pull.close()]);
 * ```
 */
export class Push extends sockets.Push {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PushOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Receives a request, then sends its reply, in turn.
 *
 * @example
 * ```ts
 * import { Reply, Request } from "tidewire/zmtp";
 * const reply = new Reply();
 * const request = new Request();
 * request.connect(await reply.bind("tcp://127.0.0.1:0"));
 * await request.send("time?");
 * await reply.receive();
 * await reply.send("noon");
 * console.log(new TextDecoder().decode((await request.receive())[0])); // noon
 * await Promise.all([request.close(), reply.close()]);
 * ```
 */
export class Reply extends sockets.Reply {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.ReplyOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Sends a request, then receives its reply, in turn; requests go to one peer after the other.
 *
 * @example
 * ```ts
 * import { Reply, Request } from "tidewire/zmtp";
 * const reply = new Reply();
 * const request = new Request({ correlate: true, receiveTimeout: 5_000 });
 * request.connect(await reply.bind("tcp://127.0.0.1:0"));
 * await request.send(["add", "1", "2"]);
 * console.log((await reply.receive()).length); // 3
 * await reply.send("3");
 * await request.receive();
 * await Promise.all([request.close(), reply.close()]);
 * ```
 */
export class Request extends sockets.Request {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.RequestOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Sends to the peer that the first part names; each message received begins with the id of its sender.
 *
 * @example
 * ```ts
 * import { Dealer, Router } from "tidewire/zmtp";
 * const router = new Router({ mandatory: true });
 * const dealer = new Dealer({ routingId: "worker-1" });
 * dealer.connect(await router.bind("tcp://127.0.0.1:0"));
 * await dealer.send("ready");
 * await router.receive();
 * await router.send(["worker-1", "a job"]);
 * console.log((await dealer.receive()).length); // 1
 * await Promise.all([dealer.close(), router.close()]);
 * ```
 */
export class Router extends sockets.Router {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.RouterOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * Receives what begins with a topic that it has subscribed to.
 *
 * @example
 * ```ts
 * import { Subscriber, XPublisher } from "tidewire/zmtp";
 * const publisher = new XPublisher();
 * const subscriber = new Subscriber();
 * subscriber.subscribe("sport.", "weather.");
 * subscriber.connect(await publisher.bind("tcp://127.0.0.1:0"));
 * await publisher.receive(); // the first topic
 * await publisher.receive(); // the second one
 * await publisher.send(["weather.oslo", "rain"]);
 * console.log((await subscriber.receive()).length); // 2
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class Subscriber extends sockets.Subscriber {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.SubscriberOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * As `Publisher`, and receives what its subscribers ask for: `01 topic`, `00 topic`, and messages of theirs.
 *
 * @example
 * ```ts
 * import { Subscriber, XPublisher } from "tidewire/zmtp";
 * const publisher = new XPublisher({ welcomeMessage: "welcome" });
 * const subscriber = new Subscriber();
 * subscriber.subscribe("welcome");
 * subscriber.connect(await publisher.bind("tcp://127.0.0.1:0"));
 * console.log((await publisher.receive())[0]![0]); // 1
 * await subscriber.receive();
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class XPublisher extends sockets.XPublisher {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.XPublisherOptions) {
    super(nodeSocketHost, options);
  }
}

/**
 * As `Subscriber`, and sends messages to its publishers; topics may be sent as messages, too.
 *
 * @example
 * ```ts
 * import { XPublisher, XSubscriber } from "tidewire/zmtp";
 * const publisher = new XPublisher();
 * const subscriber = new XSubscriber();
 * subscriber.connect(await publisher.bind("tcp://127.0.0.1:0"));
 * await subscriber.send(new Uint8Array([1, 65])); // subscribes to "A"
 * console.log((await publisher.receive())[0]); // Uint8Array [ 1, 65 ]
 * await Promise.all([publisher.close(), subscriber.close()]);
 * ```
 */
export class XSubscriber extends sockets.XSubscriber {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.XSubscriberOptions) {
    super(nodeSocketHost, options);
  }
}
