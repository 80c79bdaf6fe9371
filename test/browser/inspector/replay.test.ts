import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import {
  handshakeAckFrame,
  handshakeFrame,
  heartbeatFrame,
  snapshotFrame,
  storedFrame,
  writeCapture,
} from "./made_frames.ts";
import { fieldOf } from "./page_reading.ts";

const browser = useBrowser();

/** What the page says of the step that is shown in full. */
interface ShownStep {
  /** By side: its state, and its timers as they are written. */
  readonly sides: Readonly<Record<string, { readonly state: string; readonly timers: readonly string[] }>>;
  /** What the tables of the sessions said. */
  readonly lines: readonly string[];
  readonly broken: readonly string[];
}

function shownStep(page: Page): Promise<ShownStep> {
  return page.getByRole("region", { name: "This step" }).evaluate((card) => ({
    sides: Object.fromEntries(
      [...card.querySelectorAll("section")].map((side) => [
        side.getAttribute("aria-label"),
        {
          state: side.querySelector("h2 code")!.textContent!,
          timers: [...side.querySelectorAll("p.mono")].map((timer) => timer.textContent!),
        },
      ]),
    ),
    lines: [...card.querySelectorAll("li")].map((line) => line.textContent!),
    broken: [...card.querySelectorAll("p.broken")].map((rule) => rule.textContent!),
  }));
}

/** The steps of the list: what caused each, and what it is called. */
function stepTitles(page: Page): Promise<string[]> {
  const rows = page.getByRole("grid", { name: "Steps" }).getByRole("row");
  return rows.evaluateAll((elements) =>
    elements.map(
      (row) => `${row.querySelector(".c-number")!.textContent} ${row.querySelector(".c-title")!.textContent}`,
    ),
  );
}

async function openReplay(file: string): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser());
  await inspector.dropAndRead(file);
  await inspector.press("5");
  await inspector.page.getByRole("button", { name: "Step", exact: true }).waitFor();
  return inspector;
}

/** A connection: handshake, one snapshot, its acknowledgement. */
const CONNECTION = [handshakeFrame(1, 1), handshakeAckFrame(2, 1, 1), snapshotFrame(3, 2, 12.5), storedFrame(4, 3, 3)];

it("a capture is stepped forward and back, with state and timers of both sides", async () => {
  const inspector = await openReplay(writeCapture("connection.tide", ...CONNECTION));
  const { page } = inspector;
  const step = page.getByRole("button", { name: "Step", exact: true });
  const titles = [
    "0 handshake to the server",
    "1 handshakeAck to the agent",
    "2 snapshot to the server",
    "3 ack to the agent",
  ];
  for (const [at] of titles.entries()) {
    await step.click();
    await expect.poll(() => stepTitles(page)).toEqual(titles.slice(0, at + 1));
  }
  await page.getByText("at the end").waitFor();
  await expect(step.isDisabled()).resolves.toBe(true);
  const last = await shownStep(page);
  expect(last.lines.slice(0, 2)).toEqual([
    "server established · stored → established  acknowledgeStored",
    "agent established · ack → established  takeAck",
  ]);
  expect(last.sides["agent"]!.timers).toContain("serverSilent in 90.0 s");
  // Back by the keyboard: to the snapshot that is not acknowledged yet, and on to the handshake.
  await page.getByRole("grid", { name: "Steps" }).focus();
  await inspector.press("ArrowUp");
  await expect.poll(async () => (await shownStep(page)).sides["agent"]!.timers).toContain("ackDue in 2.0 s");
  await expect
    .poll(() => page.getByRole("region", { name: "Selected frame" }).textContent())
    .toContain("snapshot · frame 2");
  await inspector.press("Home");
  await expect
    .poll(async () => (await shownStep(page)).sides)
    .toEqual({
      agent: { state: "handshaking", timers: ["handshakeTimeout in 10.0 s"] },
      server: { state: "established", timers: ["idleTimeout in 15.0 s"] },
    });
  expect(inspector.faults).toEqual([]);
});

it("the rule that a frame broke is shown: of a table of states, and of the wire", async () => {
  const damaged = snapshotFrame(6, 5, 1).with(100, 0x55);
  const inspector = await openReplay(writeCapture("broken.tide", ...CONNECTION, handshakeAckFrame(5, 4, 1), damaged));
  const { page } = inspector;
  await page.getByRole("button", { name: /^Run \d+/ }).click();
  await expect.poll(async () => (await stepTitles(page)).length).toBe(6);
  await expect
    .poll(async () => (await shownStep(page)).broken)
    .toEqual([expect.stringMatching(/CRC_MISMATCH found crc 0x/)]);
  await page.getByRole("grid", { name: "Steps" }).focus();
  await inspector.press("ArrowUp");
  await expect
    .poll(async () => (await shownStep(page)).broken)
    .toEqual([expect.stringContaining("HANDSHAKE_REPEATED found handshakeAck")]);
  const { broken, lines } = await shownStep(page);
  expect(broken[0]).toContain("established · handshakeAck → established");
  expect(lines[0]).toContain("refused: HANDSHAKE_REPEATED");
  const marks = page.getByRole("grid", { name: "Steps" }).getByRole("img", { name: "error" });
  await expect(marks.count()).resolves.toBe(2);
});

it("timers that run out between two frames are steps of their own", async () => {
  const inspector = await openReplay(writeCapture("silence.tide", ...CONNECTION, heartbeatFrame(5, 200)));
  const { page } = inspector;
  await page.getByRole("button", { name: /^Run \d+/ }).click();
  await expect
    .poll(async () => (await stepTitles(page)).slice(4))
    .toEqual([
      ...Array(3).fill("timer heartbeatDue of the agent"),
      "timer idleTimeout of the server",
      "timer serverSilent of the agent",
      "4 heartbeat to the server",
    ]);
});

it("a replay begins at any frame, behind a connection that is assumed", async () => {
  const inspector = await openReplay(writeCapture("middle.tide", ...CONNECTION));
  const { page } = inspector;
  await inspector.goTo("#2");
  await page.getByRole("button", { name: "From this frame" }).click();
  await expect.poll(() => stepTitles(page)).toEqual(["prelude a connection is assumed", "2 snapshot to the server"]);
  await page.getByRole("button", { name: "From the start" }).click();
  await expect.poll(() => stepTitles(page)).toEqual(["0 handshake to the server"]);
});

it("one agent of several is replayed", async () => {
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  await inspector.command("open the demonstration");
  await inspector.read();
  await inspector.press("5");
  const picker = page.getByRole("combobox", { name: "Agent" });
  await expect(picker.locator("option").allTextContents()).resolves.toEqual(["db-1", "web-7"]);
  await picker.selectOption("web-7");
  const steps = page.getByRole("grid", { name: "Steps" });
  for (const count of [1, 2, 3, 4]) {
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await expect.poll(async () => (await stepTitles(page)).length).toBe(count);
    await expect.poll(() => fieldOf(page, "agentId").textContent()).toContain("web-7");
  }
  await picker.selectOption("db-1");
  await expect.poll(() => steps.count()).toBe(0);
});

it("a timer that ran out while nobody was told is called overdue, not due in the past", async () => {
  const inspector = await openReplay("fixtures/corrupt/mixed.tide");
  const { page } = inspector;
  await page.getByRole("button", { name: /^Run \d+/ }).click();
  await expect.poll(async () => (await stepTitles(page)).length).toBeGreaterThan(20);
  const timers = new Set<string>();
  await page.getByRole("grid", { name: "Steps" }).focus();
  await inspector.press("Home");
  for (let row = 0; row < 30; row++) {
    for (const { timers: names } of Object.values((await shownStep(page)).sides)) names.map((name) => timers.add(name));
    await inspector.press("ArrowDown");
  }
  expect([...timers].filter((name) => !/^\w+ (in \d+\.\d s|\d+\.\d s overdue)$/.test(name))).toEqual([]);
});

it("the steps of a replay are there again when its tab or its capture is shown again, and go on from there", async () => {
  const inspector = await InspectorPage.open(browser());
  const { page } = inspector;
  const steps = (): Promise<number> => page.locator("#steps [role=row]").count();
  const tab = (name: string): Promise<void> => page.getByRole("tab", { name, exact: true }).click();
  await inspector.dropAndRead("fixtures/snapshot/stream.tide");
  await tab("Replay");
  const step = page.getByRole("button", { name: "Step", exact: true });
  await step.click();
  await expect.poll(steps).toBe(1);
  // The keyboard stays where it is: the next step is one more press.
  await inspector.press("Enter");
  await expect.poll(steps).toBe(2);
  const before = await page.locator("#steps").textContent();
  await tab("Frames");
  await page.locator("#frames").waitFor();
  await tab("Replay");
  expect(await page.locator("#steps").textContent()).toBe(before);
  await inspector.drop("fixtures/snapshot/heartbeat.tide");
  await expect.poll(steps).toBe(0);
  await page.getByRole("combobox", { name: "Capture" }).selectOption({ index: 0 });
  await expect.poll(() => page.locator("#steps").textContent()).toBe(before);
  await step.click();
  await expect.poll(steps).toBe(3);
  const titles = await page.locator("#steps .c-title").allTextContents();
  // One run that went on: a run that begins in the middle would assume a connection.
  expect(titles.filter((title) => title.includes("assumed"))).toEqual([]);
  expect(inspector.faults).toEqual([]);
});
