import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withDiagrams } from "./diagrams.ts";

test.each(["snapshot-protocol.md", "zmtp.md"])(
  "%s shows the states as the code has them (npm run build:docs)",
  (name) => {
    const page = readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
    expect(page).toContain("stateDiagram-v2");
    expect(withDiagrams(page)).toBe(page);
  },
);
