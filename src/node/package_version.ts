import { readFileSync } from "node:fs";

/** The package's own version; its `package.json` stands two folders above this file, in the sources and when installed. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
}
