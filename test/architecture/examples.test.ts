import { dirname, join } from "node:path/posix";
import { expect, test } from "vitest";
import { readText } from "./source_files.ts";

const ENTRIES = [
  "src/mod.ts",
  "src/core/mod.ts",
  "src/sansio/mod.ts",
  "src/protocols/snapshot/mod.ts",
  "src/protocols/zmtp/mod.ts",
  "src/node/zmtp/mod.ts",
  "src/sockets/host_independent.ts",
];

/** Functions and classes that an entry point hands out and whose docstring has no example. The examples are run by Deno. */
function withoutExample(entry: string): string[] {
  const missing: string[] = [];
  for (const [, names, path] of readText(entry).matchAll(/export \{([^}]*)\} from "([^"]+)"/g)) {
    const source = readText(join(dirname(entry), path!));
    for (const name of names!.split(",").map((one) => one.trim())) {
      const declared = new RegExp(`(\\*/\\s*)?export (?:async )?(?:function|class) ${name}\\b`).exec(source);
      if (declared === null) continue;
      const docstring = source.slice(source.lastIndexOf("/**", declared.index), declared.index);
      if (declared[1] === undefined || !docstring.includes("@example")) missing.push(name);
    }
  }
  return missing;
}

test.each(ENTRIES)("%s: every function and class has an example", (entry) => {
  expect(withoutExample(entry)).toEqual([]);
});
