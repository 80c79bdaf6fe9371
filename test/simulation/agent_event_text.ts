import type { AgentEvent } from "../../src/agent/mod.ts";

/** An event in a line of the trace. */
export function describeAgentEvent(event: AgentEvent): string {
  const fields = Object.entries(event).flatMap(([key, value]) => {
    if (key === "type" || key === "payload") return [];
    if (value instanceof Uint8Array)
      return [
        `${key} ${Buffer.from(value)
          .toString("hex")
          .replace(/^(.{8}).*(.{4})$/, "$1…$2")}`,
      ];
    if (value instanceof Error) return [value.message];
    return [`${key} ${value}`];
  });
  return `${event.type} ${fields.join(", ")}`;
}
