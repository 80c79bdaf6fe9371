/** What a state does with a trigger: where it goes and what it does there, or the coded reason why it refuses. */
export type Rule<State extends string, Action extends string> =
  | { readonly to: State; readonly action: Action }
  | { readonly refuse: string };

/** Every state × trigger pair; the type makes a forgotten pair a compile error. */
export type TransitionTable<State extends string, Trigger extends string, Action extends string> = {
  readonly [S in State]: { readonly [T in Trigger]: Rule<State, Action> };
};

/**
 * Prints a table as a Mermaid state diagram: the diagrams of the docs come from here. Refusals, and triggers whose
 * action is `ignore`, are left out; triggers that share a way stand on one arrow.
 *
 * @example
 * ```ts
 * import { mermaidDiagram } from "tidewire/sansio";
 * const table = {
 *   open: { close: { to: "closed", action: "finish" } },
 *   closed: { close: { refuse: "closed" } },
 * } as const;
 * console.log(mermaidDiagram(table, "open"));
 * ```
 */
export function mermaidDiagram<State extends string, Trigger extends string, Action extends string>(
  table: TransitionTable<State, Trigger, Action>,
  initial: State,
): string {
  const arrows = new Map<string, string[]>();
  for (const [from, rules] of Object.entries(table) as [State, Record<Trigger, Rule<State, Action>>][]) {
    for (const [trigger, rule] of Object.entries(rules) as [Trigger, Rule<State, Action>][]) {
      if ("refuse" in rule || rule.action === "ignore") continue;
      const arrow = `${from} --> ${rule.to}`;
      arrows.set(arrow, [...(arrows.get(arrow) ?? []), trigger]);
    }
  }
  const lines = [...arrows].map(([arrow, triggers]) => `  ${arrow}: ${triggers.join(", ")}`);
  return ["stateDiagram-v2", `  [*] --> ${initial}`, ...lines].join("\n");
}
