import { Dealer, Reply, Request, type RequestOptions, Router } from "../../../src/sockets/mod.ts";
import type { SceneRun, World } from "./world.ts";

const LAST_MESSAGES = 30;

/** DEALER and ROUTER, REQ and REP: answers come to who asked, in the order of the questions, and to these only. */
export function questionsScene(world: World): SceneRun {
  const { env, random, witness } = world;
  const options = { reconnectInterval: random.whole(1, 200), heartbeatInterval: 1_000, heartbeatTimeout: 3_000 };
  // Without handover a dealer that comes back before the ROUTER knows that it was gone is never heard (zmtp §1.12).
  const handover = random.chance(0.5);
  const router = new Router(world.host("router"), { ...options, handover });
  void router.bind("tcp://router:1");
  router.onMessages((messages) => {
    for (const message of messages) {
      // The id that the ROUTER made up, or the peer's own: it tells connections apart where the peer has none.
      const [id, ...body] = message;
      const isNamed = id![0] !== 0;
      witness.received("router", body, true, isNamed ? undefined : id!.join(" "));
      router.trySend(message);
    }
  });
  const dealers = ["d1", "d2", "d3"].map((name) => {
    const socket = new Dealer(world.host(name), { ...options, ...(handover ? { routingId: name } : {}) });
    const expected = new Set<number>();
    socket.connect("tcp://router:1");
    socket.onMessages((messages) => {
      for (const message of messages) {
        const { sender, number } = witness.received(`${name}'s answers`, message, false, undefined);
        if (sender !== name) env.violate("answers come to who asked", `${name} got one of ${sender}`);
        expected.delete(number);
      }
    });
    return { name, socket, expected };
  });
  const asking = ask(world, options);

  function deal(mustArrive: boolean): void {
    for (const { name, socket, expected } of dealers) {
      if (!socket.trySend(witness.next(name))) continue;
      const number = witness.sent(name);
      if (mustArrive) expected.add(number);
    }
  }

  world.every(40, false, () => deal(false));
  world.every(200, false, asking.ask);

  return {
    healed() {
      for (let i = 0; i < LAST_MESSAGES; i++) env.scheduler.after(i * 100, () => deal(true));
      env.scheduler.after(5_000, asking.ask);
    },
    finish() {
      for (const { name, expected } of dealers) {
        if (expected.size > 0) env.violate("what is asked in peace is answered", `${name} misses ${expected.size}`);
      }
      asking.finish();
    },
  };
}

/** REQ and REP: the reply that is taken answers the last request. */
function ask({ env, witness, host }: World, options: RequestOptions): { ask(): void; finish(): void } {
  const reply = new Reply(host("reply"), { reconnectInterval: 100 });
  void reply.bind("tcp://reply:1");
  void (async () => {
    for await (const message of reply) await reply.send(message);
  })();
  const request = new Request(host("request"), { ...options, relaxed: true, correlate: true });
  request.connect("tcp://reply:1");
  let asked = 0;
  let answered = 0;
  request.onMessages((replies) => {
    for (const message of replies) {
      const { number } = witness.received("request's answers", message, false, "");
      if (number !== asked) env.violate("a reply answers the last request", `${number} for ${asked}`);
      answered = number;
    }
  });

  return {
    ask() {
      if (request.trySend(witness.next("request"))) asked = witness.sent("request");
    },
    finish() {
      if (answered !== asked) env.violate("what is asked in peace is answered", `request ${asked}, reply ${answered}`);
    },
  };
}
