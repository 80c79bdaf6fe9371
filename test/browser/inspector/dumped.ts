import { execFileSync } from "node:child_process";
import { root } from "../../architecture/source_files.ts";

/** More than what any capture of the tests is dumped to. */
const MAX_DUMP_BYTES = 268_435_456;

/** What `tidewire dump --json` says of each of several files, without the name of the file. */
export function dumped(files: readonly string[]): Map<string, string[]> {
  const options = { cwd: root, encoding: "utf8", maxBuffer: MAX_DUMP_BYTES } as const;
  const text = execFileSync(process.execPath, ["dist/node/cli.js", "dump", "--json", ...files], options);
  const all = text.split("\n").filter((line) => line !== "");
  if (files.length === 1) return new Map([[files[0]!, all]]);
  const lines = new Map(files.map((file) => [file, [] as string[]]));
  for (const line of all) {
    const file = files.find((one) => line.startsWith(`{"file":${JSON.stringify(one)},`));
    if (file !== undefined) lines.get(file)!.push(`{${line.slice(`{"file":${JSON.stringify(file)},`.length)}`);
  }
  return lines;
}

/** What `tidewire dump --json` says of one file. */
export function dumpLines(file: string): string[] {
  return dumped([file]).get(file)!;
}
