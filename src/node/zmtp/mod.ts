import * as sockets from "../../sockets/mod.ts";
import type * as options from "../../sockets/socket_options.ts";
import { nodeSocketHost } from "./socket_host.ts";
export class Push extends sockets.Push {
  constructor(o?: options.PushOptions) {
    super(nodeSocketHost, o);
  }
}
export class Pull extends sockets.Pull {
  constructor(o?: options.PullOptions) {
    super(nodeSocketHost, o);
  }
}
export class Publisher extends sockets.Publisher {
  constructor(o?: options.PublisherOptions) {
    super(nodeSocketHost, o);
  }
}
export class Subscriber extends sockets.Subscriber {
  constructor(o?: options.SubscriberOptions) {
    super(nodeSocketHost, o);
  }
}
export class XPublisher extends sockets.XPublisher {
  constructor(o?: options.XPublisherOptions) {
    super(nodeSocketHost, o);
  }
}
export class XSubscriber extends sockets.XSubscriber {
  constructor(o?: options.XSubscriberOptions) {
    super(nodeSocketHost, o);
  }
}
export class Request extends sockets.Request {
  constructor(o?: options.RequestOptions) {
    super(nodeSocketHost, o);
  }
}
export class Reply extends sockets.Reply {
  constructor(o?: options.ReplyOptions) {
    super(nodeSocketHost, o);
  }
}
export class Dealer extends sockets.Dealer {
  constructor(o?: options.DealerOptions) {
    super(nodeSocketHost, o);
  }
}
export class Router extends sockets.Router {
  constructor(o?: options.RouterOptions) {
    super(nodeSocketHost, o);
  }
}
export class Pair extends sockets.Pair {
  constructor(o?: options.PairOptions) {
    super(nodeSocketHost, o);
  }
}
