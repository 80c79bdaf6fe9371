/** The fields that a filter can name. */
import type { ProtocolDefinition } from "../protocols/definition.ts";
import type { FieldInfo } from "../protocols/inspection.ts";

/** Fields that the index of a capture has, so that no frame is read for them. */
export const COLUMN_FIELDS: readonly FieldInfo[] = [
  { name: "type", kind: "choice", doc: "type of the message" },
  { name: "agentId", kind: "choice", doc: "whose message it is" },
  { name: "error", kind: "choice", doc: "name of what is wrong; alone: anything is wrong" },
  { name: "status", kind: "choice", doc: "whether the frame can be decoded", choices: ["ok", "error"] },
  { name: "size", kind: "number", unit: "bytes", doc: "size of the frame" },
  { name: "time", kind: "time", doc: "when it was sent, or seen" },
  { name: "offset", kind: "number", unit: "bytes", doc: "where it starts in the capture" },
  { name: "row", kind: "number", doc: "number of the row, from 0" },
];

/** What the choices of columns are, in the capture at hand. */
export interface KnownValues {
  readonly agentIds: readonly string[];
}

/**
 * The fields of a capture with messages of these protocols: those of the index, then those of the rows, each name once.
 *
 * @example
 * ```ts
 * filterFields([SNAPSHOT_PROTOCOL], { agentIds: ["db-1"] }).find(({ name }) => name === "agentId")?.choices; // ["db-1"]
 * ```
 */
export function filterFields(definitions: readonly ProtocolDefinition[], known: KnownValues): readonly FieldInfo[] {
  const choices: Readonly<Record<string, readonly string[]>> = {
    type: [...new Set(definitions.flatMap(({ messageTypes }) => messageTypes))],
    agentId: known.agentIds,
    error: [...new Set(definitions.flatMap(errorsOf))],
  };
  const byName = new Map<string, FieldInfo>();
  for (const field of COLUMN_FIELDS) {
    const own = choices[field.name];
    byName.set(field.name, own === undefined ? field : { ...field, choices: own });
  }
  for (const field of definitions.flatMap(({ inspection }) => inspection?.fields ?? [])) {
    if (!byName.has(field.name)) byName.set(field.name, field);
  }
  return [...byName.values()];
}

function errorsOf({ inspection }: ProtocolDefinition): readonly string[] {
  return (inspection?.explanations ?? []).filter(({ severity }) => severity === "error").map(({ code }) => code);
}
