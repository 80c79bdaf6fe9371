import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLIENT_TABLE, SERVER_TABLE } from "../../src/protocols/snapshot/mod.ts";
import { mermaidDiagram, type Rule, SessionTrace, StateMachine, type TransitionTable } from "../../src/sansio/mod.ts";

type State = "open" | "closing" | "closed";
type Trigger = "send" | "close" | "gone";
const TABLE: TransitionTable<State, Trigger, "write" | "finish"> = {
  open: {
    send: { to: "open", action: "write" },
    close: { to: "closing", action: "finish" },
    gone: { to: "closed", action: "finish" },
  },
  closing: { send: { refuse: "closing" }, close: { refuse: "closing" }, gone: { to: "closed", action: "finish" } },
  closed: { send: { refuse: "closed" }, close: { refuse: "closed" }, gone: { refuse: "closed" } },
};

describe("a state machine", () => {
  it("goes where its table says, stays where it refuses, and leaves a trace", () => {
    const trigger = fc.constantFrom<Trigger>("send", "close", "gone");
    fc.assert(
      fc.property(fc.array(trigger, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (triggers, maxEntries) => {
        const trace = new SessionTrace<State, Trigger>(maxEntries);
        const machine = new StateMachine(TABLE, "open", trace);
        const steps = triggers.map((trigger, atMs) => {
          const from = machine.state;
          const rule = machine.step(trigger, atMs);
          expect(rule).toBe(TABLE[from][trigger]);
          expect(machine.state).toBe("to" in rule ? rule.to : from);
          return { atMs, from, trigger, to: machine.state };
        });
        expect(trace.entries()).toEqual(steps.slice(-maxEntries));
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it("needs no trace", () => {
    expect(new StateMachine(TABLE, "closing").step("gone", 0)).toEqual({ to: "closed", action: "finish" });
  });
});

describe("a diagram", () => {
  it("shows every way once, triggers that share one together, and no refusal", () => {
    expect(mermaidDiagram(TABLE, "open")).toBe(
      [
        "stateDiagram-v2",
        "  [*] --> open",
        "  open --> open: send",
        "  open --> closing: close",
        "  open --> closed: gone",
        "  closing --> closed: gone",
      ].join("\n"),
    );
  });

  it("of the protocol's tables names every state, each of which can be reached", () => {
    for (const [table, initial] of [
      [CLIENT_TABLE, "offline"],
      [SERVER_TABLE, "awaitingHandshake"],
    ] as [Record<string, Record<string, Rule<string, string>>>, string][]) {
      const text = mermaidDiagram(table, initial);
      const reached = new Set([initial]);
      for (const state of reached) {
        expect(text).toContain(state);
        for (const rule of Object.values(table[state]!)) if ("to" in rule) reached.add(rule.to);
      }
      expect([...reached].sort()).toEqual(Object.keys(table).sort());
    }
  });
});
