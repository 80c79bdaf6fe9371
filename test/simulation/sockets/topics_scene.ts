import { Publisher, Subscriber, XPublisher } from "../../../src/sockets/mod.ts";
import type { SceneRun, World } from "./world.ts";

const TOPICS = ["", "a", "ab", "abc", "b", "ba", "c"];

/** PUB and SUB: only what was asked for, in order, once; and after every reconnect what is asked for is known again. */
export function topicsScene(world: World): SceneRun {
  const { env, random, witness } = world;
  const options = { reconnectInterval: random.whole(1, 200), heartbeatInterval: 1_000, heartbeatTimeout: 3_000 };
  const pub = random.chance(0.5)
    ? new Publisher(world.host("pub"), options)
    : new XPublisher(world.host("pub"), { ...options, verbosity: random.pick(["allSubs", null] as const) });
  void pub.bind("tcp://pub:1");
  const subscribers = ["s1", "s2", "s3"].map((name) => {
    const socket = new Subscriber(world.host(name), options);
    const counts = new Map<string, number>();
    const expected = new Set<number>();
    socket.onMessages((messages) => {
      for (const message of messages) {
        const { topic, number } = witness.received(name, message, true, "");
        if (!wants(counts, topic)) env.violate("only what was asked for arrives", `${name} got topic ${topic}`);
        expected.delete(number);
      }
    });
    socket.connect("tcp://pub:1");
    return { name, socket, counts, expected };
  });

  function wants(counts: Map<string, number>, topic: string): boolean {
    return [...counts].some(([asked, count]) => count > 0 && `${topic}|`.startsWith(asked));
  }

  function publish(mustArrive: boolean): void {
    const topic = random.pick(TOPICS);
    void pub.send(witness.next("pub", topic));
    const number = witness.sent("pub");
    if (!mustArrive) return;
    for (const { counts, expected } of subscribers) if (wants(counts, topic)) expected.add(number);
  }

  world.every(50, false, () => {
    const { socket, counts } = random.pick(subscribers);
    const topic = random.pick(TOPICS);
    const count = counts.get(topic) ?? 0;
    if (random.chance(0.55)) {
      socket.subscribe(topic);
      counts.set(topic, count + 1);
    } else {
      socket.unsubscribe(topic);
      counts.set(topic, Math.max(0, count - 1));
    }
  });
  world.every(10, false, () => publish(false));

  return {
    healed() {
      for (const { name, socket } of subscribers) {
        if (socket.peers !== 1) env.violate("connections come back", `${name} has ${socket.peers} peers`);
      }
      for (let i = 0; i < 100; i++) env.scheduler.after(i * 20, () => publish(true));
    },
    finish() {
      for (const { name, expected } of subscribers) {
        if (expected.size > 0) {
          env.violate("subscriptions are restored", `${name} misses ${expected.size}, first ${[...expected][0]}`);
        }
      }
    },
  };
}
