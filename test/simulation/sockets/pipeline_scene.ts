import { type Message, Pull, Push } from "../../../src/sockets/mod.ts";
import type { SceneRun, World } from "./world.ts";

/** Messages that each sender hands over once all is well. */
const LAST_MESSAGES = 40;

/** PUSH and PULL, each side bound or connecting: order, whole messages, no duplicates, bounds, and no sender starved. */
export function pipelineScene(world: World): SceneRun {
  const { env, random, witness } = world;
  const pushIsBound = random.chance(0.5);
  const highWaterMark = random.pick([1, 2, 10, 1_000]);
  const options = { reconnectInterval: random.whole(1, 200), reconnectMaxInterval: random.pick([0, 500]) };
  const heartbeats = random.chance(0.5) ? { heartbeatInterval: 1_000, heartbeatTimeout: 3_000 } : {};
  const senders = ["a", "b", "c"].slice(0, random.whole(1, 3));
  const receivers = ["x", "y"].slice(0, random.whole(1, 2));
  const expected = new Set<string>();
  const pulls = receivers.map((name) => {
    const pull = new Pull(world.host(name), { ...options, ...heartbeats, receiveHighWaterMark: highWaterMark });
    pull.onMessages(async (messages) => {
      for (const message of messages) take(name, message);
      if (random.chance(0.3))
        await new Promise<void>((resolve) => env.scheduler.after(random.exponential(20), resolve));
    });
    return pull;
  });
  const pushes = senders.map((name) => ({
    name,
    socket: new Push(world.host(name), { ...options, ...heartbeats, sendHighWaterMark: highWaterMark }),
    /** Taken since nobody was connected. */
    unconnected: 0,
  }));
  for (const push of pushes) {
    push.socket.events.on("handshake", () => {
      push.unconnected = 0;
    });
  }
  for (const [i, bound] of (pushIsBound ? pushes.map(({ socket }) => socket) : pulls).entries()) {
    void bound.bind(`tcp://bound:${i + 1}`);
    for (const other of pushIsBound ? pulls : pushes.map(({ socket }) => socket)) other.connect(`tcp://bound:${i + 1}`);
  }

  function take(receiver: string, message: Message): void {
    const { sender, number } = witness.received(receiver, message, false, pushIsBound ? "" : undefined);
    expected.delete(`${sender} ${number}`);
  }

  function send(push: (typeof pushes)[number], mustArrive: boolean): boolean {
    const { socket, name } = push;
    if (!socket.trySend(witness.next(name))) return false;
    const number = witness.sent(name);
    if (mustArrive) expected.add(`${name} ${number}`);
    const bound = highWaterMark * (pushIsBound ? 0 : receivers.length);
    if (socket.peers === 0 && ++push.unconnected > bound) {
      env.violate("no queue outgrows its mark", `${name} took ${push.unconnected} messages without a peer`);
    }
    return true;
  }

  world.every(30, false, () => {
    const push = random.pick(pushes);
    for (let count = random.whole(1, 30); count > 0 && send(push, false); count--);
  });

  return lastWords(world, pushes, (push) => send(push, true), expected);
}

/** Once all is well each sender has some more to say, and all of it must arrive. */
function lastWords<Sender extends { readonly name: string }>(
  { env, every }: World,
  pushes: readonly Sender[],
  send: (push: Sender) => boolean,
  expected: ReadonlySet<string>,
): SceneRun {
  return {
    healed() {
      const left = new Map(pushes.map((push) => [push, LAST_MESSAGES]));
      every(5, true, () => {
        for (const [push, count] of left) if (count > 0 && send(push)) left.set(push, count - 1);
      });
      env.scheduler.after(25_000, () => {
        const starved = [...left].find(([, count]) => count > 0);
        if (starved !== undefined) env.violate("who sends gets its turn", `${starved[0].name} could not send`);
      });
    },
    finish() {
      if (expected.size > 0) {
        env.violate("what is sent in peace arrives", `${expected.size} missing, first ${[...expected][0]}`);
      }
    },
  };
}
