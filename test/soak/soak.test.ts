import { expect, it } from "vitest";
import { growthPerMinute } from "./slope.ts";
import { soak } from "./soak.ts";

it("a slope is that of most of the points, whatever the rest does", () => {
  const points = Array.from({ length: 40 }, (_, i) => [i * 1_000, 100 + i * 2] as const);
  expect(growthPerMinute(points)).toBeCloseTo(120);
  const spikes = points.map(([atMs, value], i) => [atMs, i % 7 === 0 ? value + 5_000 : value] as const);
  expect(growthPerMinute(spikes)).toBeCloseTo(120);
});

it.skipIf(process.platform !== "linux")(
  "under a steady load neither memory nor handles grow, and nothing fails",
  async () => {
    // Twenty agents fill their windows of 1,024 known ids within the warm-up.
    const report = await soak({ warmUpMs: 12_000, measureMs: 12_000, agents: 20, perSecond: 2_500 });
    expect(report.failed).toBe(0);
    expect(report.stored).toBeGreaterThan(10_000);
    expect(report.churned).toBeGreaterThan(100);
    for (const { firstHandles, lastHandles } of [report.server, report.agents]) {
      // Connections that come and go make a few more or less at any moment.
      expect(Math.abs(lastHandles - firstHandles)).toBeLessThanOrEqual(5);
    }
    // A leak of one snapshot's frame would be 3,000 bytes each. A heap that has lived for seconds still settles by some
    // hundred; what is smaller shows in the longer form.
    expect(report.server.growthBytesPerSnapshot).toBeLessThan(1_500);
  },
  90_000,
);
