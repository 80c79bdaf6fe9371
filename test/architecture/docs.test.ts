import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withDiagrams } from "./diagrams.ts";

test("the docs show the states as the code has them (npm run build:docs)", () => {
  const page = readFileSync(new URL("../../docs/snapshot-protocol.md", import.meta.url), "utf8");
  expect(page).toContain("stateDiagram-v2");
  expect(withDiagrams(page)).toBe(page);
});
