import * as sockets from "../../sockets/mod.ts";
import { browserSocketHost } from "./socket_host.ts";

/** Sends to each peer in turn and hears all of them fairly, without the turns of a `Request`. */
export class Dealer extends sockets.Dealer {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.DealerOptions) {
    super(browserSocketHost, options);
  }
}

/** One peer, both ways. */
export class Pair extends sockets.Pair {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PairOptions) {
    super(browserSocketHost, options);
  }
}

/** Sends each message to all peers that have subscribed to a beginning of its first part. */
export class Publisher extends sockets.Publisher {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PublisherOptions) {
    super(browserSocketHost, options);
  }
}

/** Receives from all peers fairly. */
export class Pull extends sockets.Pull {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PullOptions) {
    super(browserSocketHost, options);
  }
}

/** Sends each message to the next peer that has room; waits while none has. */
export class Push extends sockets.Push {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.PushOptions) {
    super(browserSocketHost, options);
  }
}

/** Receives a request, then sends its reply, in turn. */
export class Reply extends sockets.Reply {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.ReplyOptions) {
    super(browserSocketHost, options);
  }
}

/** Sends a request, then receives its reply, in turn; requests go to one peer after the other. */
export class Request extends sockets.Request {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.RequestOptions) {
    super(browserSocketHost, options);
  }
}

/** Sends to the peer that the first part names; each message received begins with the id of its sender. */
export class Router extends sockets.Router {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.RouterOptions) {
    super(browserSocketHost, options);
  }
}

/** Receives what begins with a topic that it has subscribed to. */
export class Subscriber extends sockets.Subscriber {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.SubscriberOptions) {
    super(browserSocketHost, options);
  }
}

/** As `Publisher`, and receives what its subscribers ask for: `01 topic`, `00 topic`, and messages of theirs. */
export class XPublisher extends sockets.XPublisher {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.XPublisherOptions) {
    super(browserSocketHost, options);
  }
}

/** As `Subscriber`, and sends messages to its publishers; topics may be sent as messages, too. */
export class XSubscriber extends sockets.XSubscriber {
  /** @throws ProtocolError `sockets/bad-option` */
  constructor(options?: sockets.XSubscriberOptions) {
    super(browserSocketHost, options);
  }
}
