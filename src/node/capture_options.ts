/** What the commands that read captures have in common on the command line. */
import { closestName } from "../agent/closest_name.ts";
import { CATALOGUE } from "../protocols/catalogue.ts";
import { STDIN_NAME } from "./capture_file.ts";
import { UsageError } from "./command.ts";
import type { Flag } from "./flags.ts";

export const JSON_FLAG: Flag = { name: "json", summary: "Print JSON, one object a line." };

export const PROTOCOL_FLAG: Flag = {
  name: "protocol",
  argument: "NAME",
  summary: `Read it as ${CATALOGUE.map(({ name }) => name).join(" or ")}, whatever it looks like.`,
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
 * Checks that there is a protocol of that name, if one was given.
 *
 * @throws UsageError
 */
export function protocolNamed(name: string | undefined): string | undefined {
  const names = CATALOGUE.map((definition) => definition.name);
  if (name === undefined || names.includes(name)) return name;
  const meant = closestName(name, names);
  const hint = meant === undefined ? `; there is ${names.join(", ")}` : `; did you mean ${meant}?`;
  throw new UsageError(`unknown protocol ${name}${hint}`);
}
