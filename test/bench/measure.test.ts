import { expect, test } from "vitest";
import { type BenchReport, failedRow, formatReport, makeRow } from "./measure.ts";

const machine = { node: "20", cpu: "a processor" };

test("A case that failed says so beside those that ran", () => {
  const good = makeRow({ case: "good", ours: 100, peers: { theirs: 250 }, unit: "ns" });
  const report: BenchReport = { bench: "b", machine, rows: [failedRow("bad", new Error("no report")), good] };
  const text = formatReport(report);
  expect(text).toContain("FAILED");
  expect(text).toContain("bad: no report");
  expect(text).toContain("theirs 250 (2.50x)");
  const [row] = (JSON.parse(JSON.stringify(report)) as { rows: unknown[] }).rows;
  expect(row).toMatchObject({ case: "bad", ours: null, met: false, failure: "no report" });
});
