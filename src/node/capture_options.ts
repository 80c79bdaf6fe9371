/** What the commands that read captures have in common on the command line. */
import { closestName } from "../agent/closest_name.ts";
import { CATALOGUE } from "../protocols/catalogue.ts";
import type { ProtocolDefinition } from "../protocols/definition.ts";
import { STDIN_NAME } from "./capture_file.ts";
import { UsageError } from "./command.ts";
import type { Flag } from "./flags.ts";

export const JSON_FLAG: Flag = { name: "json", summary: "Print JSON, one object a line." };

export const PROTOCOL_FLAG: Flag = {
  name: "protocol",
  argument: "NAME",
  summary: `What the frames are of: ${CATALOGUE.map(({ name }) => name).join(", ")} (${CATALOGUE[0]!.name}).`,
};

/**
 * The files that were named.
 *
 * @throws UsageError without any, or with standard input twice
 */
export function captureNames(positionals: readonly string[]): readonly string[] {
  if (positionals.length === 0) {
    throw new UsageError(`no FILE was given; name a .tide file, or ${STDIN_NAME} for standard input`);
  }
  if (positionals.filter((name) => name === STDIN_NAME).length > 1) {
    throw new UsageError(`${STDIN_NAME} (standard input) can be read only once`);
  }
  return positionals;
}

/**
 * The protocol of that name; the first of the catalogue when none is given.
 *
 * @throws UsageError
 */
export function protocolNamed(name: string | undefined): ProtocolDefinition {
  const names = CATALOGUE.map((definition) => definition.name);
  const definition = name === undefined ? CATALOGUE[0] : CATALOGUE.find((one) => one.name === name);
  if (definition !== undefined) return definition;
  const meant = closestName(name!, names);
  const hint = meant === undefined ? `; there is ${names.join(", ")}` : `; did you mean ${meant}?`;
  throw new UsageError(`unknown protocol ${name}${hint}`);
}
