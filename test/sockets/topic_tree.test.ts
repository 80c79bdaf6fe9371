import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TopicTree } from "../../src/sockets/topic_tree.ts";

/** Few different octets, so that topics begin alike. */
const topics = fc.uint8Array({ max: 3, maxLength: 6 });
const steps = fc.array(fc.tuple(fc.constantFrom("set", "delete"), topics), { maxLength: 60 });

describe("the topic tree", () => {
  it("finds what a search through all topics finds", () => {
    fc.assert(
      fc.property(steps, fc.array(topics, { minLength: 1, maxLength: 10 }), (acts, messages) => {
        const tree = new TopicTree<string>();
        const model = new Map<string, string>();
        for (const [act, topic] of acts) {
          const key = topic.join(" ");
          if (act === "set") {
            tree.set(topic, key);
            model.set(key, key);
          } else {
            tree.delete(topic);
            model.delete(key);
          }
          expect(tree.get(topic)).toBe(model.get(key));
        }
        expect(tree.size).toBe(model.size);
        expect(new Set(tree.entries().map(({ topic, value }) => `${topic.join(" ")}=${value}`))).toEqual(
          new Set([...model].map(([key, value]) => `${key}=${value}`)),
        );
        for (const message of messages) {
          const found: string[] = [];
          tree.matchInto(message, found);
          const prefixes = Array.from({ length: message.length + 1 }, (_, n) => message.slice(0, n).join(" "));
          const expected = prefixes.filter((prefix) => model.has(prefix));
          expect(found).toEqual(expected);
          expect(tree.matches(message)).toBe(expected.length > 0);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("leaves nothing behind when all topics are gone", () => {
    const tree = new TopicTree<number>();
    const all = Array.from({ length: 500 }, (_, i) => new TextEncoder().encode(`topic/${i % 50}/${i}`));
    for (const [i, topic] of all.entries()) tree.set(topic, i);
    expect(tree.entries().length).toBe(500);
    for (const topic of all) tree.delete(topic);
    expect([tree.size, tree.entries()]).toEqual([0, []]);
    tree.set(new Uint8Array(0), 1);
    expect(tree.matches(new Uint8Array(0))).toBe(true);
  });
});
