import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();

interface Message {
  readonly type?: string;
  readonly agentId?: string;
  readonly timestampUtcMs?: number;
  readonly payload?: {
    readonly status?: number;
    readonly throttleDelayMs?: number;
    readonly cpuTotalPct?: number;
    readonly processes?: readonly { readonly name: string; readonly cpuPct: number }[];
  };
}

/** The demonstration, its messages in their order, and its timeline. */
async function opened(): Promise<{ readonly inspector: InspectorPage; readonly messages: readonly Message[] }> {
  const inspector = await InspectorPage.open(browser());
  await inspector.command("demonstration");
  await inspector.read();
  const messages = (await inspector.jsonLines()).map((line) => JSON.parse(line) as Message);
  await inspector.page.getByRole("tab", { name: "Time" }).click();
  await inspector.page.getByRole("slider", { name: "Events over time" }).waitFor();
  return { inspector, messages };
}

/** How much a lane says it has. */
async function inLane(page: Page, name: string): Promise<number> {
  const lane = page.getByRole("listitem").filter({ hasText: new RegExp(`^${name}[\\d,]+$`) });
  return Number((await lane.textContent())!.replace(/\D/g, ""));
}

it("has lanes for all agents and for each, with as much in them as the messages say", async () => {
  const { inspector, messages } = await opened();
  const { page } = inspector;
  const agent = page.getByRole("region", { name: "Timeline and load" }).getByLabel("Agent");
  expect(await agent.locator("option").allTextContents()).toEqual(["all (2)", "db-1", "web-7"]);
  const ofLane = (name: string): Promise<number> => inLane(page, name);
  for (const [option, isOf] of [
    ["all (2)", () => true],
    ["db-1", ({ agentId }: Message) => agentId === "db-1"],
    ["web-7", ({ agentId }: Message) => agentId === "web-7"],
  ] as const) {
    await agent.selectOption(option);
    const some = messages.filter(isOf);
    const count = (passes: (message: Message) => boolean): number => some.filter(passes).length;
    await expect.poll(() => ofLane("heartbeats"), { message: option }).toBe(count(({ type }) => type === "heartbeat"));
    const ofAck = (status: number): number =>
      count(({ type, payload }) => type === "ack" && payload?.status === status);
    expect(await ofLane("refused"), option).toBe(ofAck(2));
    expect(await ofLane("stored"), option).toBe(ofAck(1));
    expect(await ofLane("received"), option).toBe(ofAck(0));
    const throttles = count(({ type }) => type === "backpressure");
    expect(await ofLane("throttled"), option).toBe(throttles);
  }
});

it("a step of the lanes leads to the first frame in it, by a click and by the keyboard", async () => {
  const { inspector, messages } = await opened();
  const { page } = inspector;
  await page.getByLabel("Agent").selectOption("all (2)");
  const heartbeats = messages.filter(({ type }) => type === "heartbeat").length;
  await expect.poll(() => inLane(page, "heartbeats")).toBe(heartbeats);
  const lanes = page.getByRole("slider", { name: "Events over time" });
  const chosen = async (): Promise<string> => (await lanes.getAttribute("aria-valuetext")) ?? "";
  const clockOf = (text: string): string => text.split(" ")[0]!;
  const selectedClock = async (): Promise<string> => {
    await page.getByRole("tab", { name: "Frames", selected: true }).waitFor();
    await page.locator("#frames [aria-selected=true]").waitFor();
    return (await page.locator("#frames [aria-selected=true] .c-time").textContent())!;
  };
  await lanes.focus();
  await inspector.press("Home", "ArrowRight", "ArrowRight");
  const byKeys = await chosen();
  expect(byKeys).toMatch(/\d (sent|received|stored)/);
  const bucket = Number(await lanes.getAttribute("aria-valuenow"));
  const buckets = Number(await lanes.getAttribute("aria-valuemax")) + 1;
  await inspector.press("Enter");
  expect((await selectedClock()) >= clockOf(byKeys)).toBe(true);
  const row = await inspector.selectedFrame();
  const before = messages[row - 1]!.timestampUtcMs!;
  expect(new Date(before).toISOString().slice(11, 23) < clockOf(byKeys)).toBe(true);
  await page.getByRole("treegrid", { name: "Frames" }).press("Home");
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await page.getByRole("tab", { name: "Time" }).click();
  // The choice of agents is as it was left.
  expect(await page.getByLabel("Agent").locator("option:checked").textContent()).toBe("all (2)");
  await expect.poll(() => inLane(page, "heartbeats")).toBe(heartbeats);
  const { width } = (await lanes.boundingBox())!;
  const position = { x: ((bucket + 0.5) / buckets) * width, y: 5 };
  await lanes.hover({ position });
  await expect.poll(chosen).toBe(byKeys);
  await lanes.click({ position });
  await page.getByRole("tab", { name: "Frames", selected: true }).waitFor();
  await expect.poll(() => inspector.selectedFrame()).toBe(row);
});

it("draws CPU and memory of an agent, and each point leads to its snapshot", async () => {
  const { inspector, messages } = await opened();
  const { page } = inspector;
  await page.getByLabel("Agent").selectOption("db-1");
  const loads = messages.filter(({ type, agentId, payload }) => {
    return type === "snapshot" && agentId === "db-1" && payload?.cpuTotalPct !== undefined;
  });
  const most = Math.max(...loads.map(({ payload }) => payload!.cpuTotalPct!));
  const chart = page.getByRole("slider", { name: `CPU is ${most.toFixed(1)} % at most` });
  await chart.focus();
  await inspector.press("Home");
  const first = loads[0]!.payload!.cpuTotalPct!;
  await expect.poll(() => chart.getAttribute("aria-valuetext")).toContain(`CPU ${first.toFixed(1)} %, memory `);
  await inspector.press("End", "Enter");
  await page.getByRole("tab", { name: "Frames", selected: true }).waitFor();
  await expect.poll(() => inspector.selectedFrame()).toBe(messages.lastIndexOf(loads.at(-1)!));
  expect(inspector.faults).toEqual([]);
});

it("names the busiest processes, and the peak of each leads to its snapshot", async () => {
  const { inspector, messages } = await opened();
  const { page } = inspector;
  await page.getByLabel("Agent").selectOption("db-1");
  const sums = new Map<string, number>();
  let peak = { pct: -1, row: -1 };
  for (const [row, { agentId, payload }] of messages.entries()) {
    if (agentId !== "db-1" || payload?.processes === undefined) continue;
    let ofPostgres = 0;
    for (const { name, cpuPct } of payload.processes) {
      sums.set(name, (sums.get(name) ?? 0) + cpuPct);
      if (name === "postgres") ofPostgres += cpuPct;
    }
    if (ofPostgres > peak.pct) peak = { pct: ofPostgres, row };
  }
  const names = [...sums].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
  const heads = page.getByRole("table").getByRole("rowheader");
  await expect.poll(() => heads.allTextContents()).toEqual(names.slice(0, await heads.count()));
  expect(names[0]).toBe("postgres");
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "postgres", exact: true }) });
  await row.getByRole("button", { name: `${peak.pct.toFixed(1)} %` }).click();
  await expect.poll(() => inspector.selectedFrame()).toBe(peak.row);
});
