import { join } from "node:path";
import type { CDPSession, Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import type { SnapshotPayload } from "../../../src/protocols/snapshot/mod.ts";
import { temporaryFolder } from "../../e2e/places.ts";
import { RawPeer } from "../../e2e/raw_peer.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { idOf } from "./made_frames.ts";
import { npmStart } from "./npm_start.ts";
import { shownLines } from "./page_reading.ts";

const browser = useBrowser();
const PEER = "peer-1";
/** Far more than sockets and queues hold on the way to a page. */
const MAX_FLOOD_FRAMES = 600;
/** Large frames that fit in what the server holds for a page between two looks at it. */
const FRAMES_AT_ONCE = 2;

/** A real server, an agent of it that a test speaks for, and the page that watches only this agent. */
class Watch {
  readonly inspector: InspectorPage;
  readonly page: Page;
  readonly #link: string;
  readonly #port: number;

  private constructor(inspector: InspectorPage, link: string, port: number) {
    this.inspector = inspector;
    this.page = inspector.page;
    this.#link = link;
    this.#port = port;
  }

  static async open(): Promise<Watch> {
    const { started, link } = await npmStart();
    const port = Number(/^server +\S+:(\d+) takes/m.exec(started.said)![1]);
    return new Watch(await InspectorPage.open(browser(), link), link, port);
  }

  /** Begins to watch that agent alone. */
  async begin(framesPerSecond: number, ...types: readonly string[]): Promise<void> {
    const { page } = this;
    await this.inspector.command("watch a server");
    await page.getByRole("textbox", { name: "Agents" }).fill(PEER);
    await page.getByRole("spinbutton", { name: "Frames a second" }).fill(String(framesPerSecond));
    for (const type of types) await page.getByRole("button", { name: type, exact: true }).click();
    await page.getByRole("button", { name: "Watch", exact: true }).click();
    await page.getByText("watching", { exact: true }).waitFor();
  }

  peer(): Promise<RawPeer> {
    return RawPeer.welcome(this.#port, PEER);
  }

  /** A frame count that the page shows, by its words. */
  async count(words: string): Promise<number> {
    const text = await this.page.getByRole("listitem").filter({ hasText: words }).textContent();
    return Number(text!.replaceAll(/\D/g, ""));
  }

  get list(): Locator {
    return this.page.getByRole("treegrid", { name: "Frames" });
  }

  async rows(): Promise<number> {
    return (await this.list.count()) === 0 ? 0 : Number(await this.list.getAttribute("aria-rowcount"));
  }

  /** What the server itself says that became of the frames. */
  async metric(outcome: string): Promise<number> {
    const text = await (await fetch(new URL("/metrics", this.#link))).text();
    return Number(new RegExp(`^tidewire_tap_frames_total\\{outcome="${outcome}"\\} (\\d+)`, "m").exec(text)?.[1] ?? 0);
  }
}

/** A snapshot of some 200 kB, of which nothing is redacted. */
const LARGE: SnapshotPayload = {
  snapshotId: idOf(1),
  windowStartMs: 1_767_225_600_000,
  windowEndMs: 1_767_225_601_000,
  cpuTotalPct: 1,
  selection: 4,
  memUsedBytes: 1,
  memTotalBytes: 2,
  processTotal: 4_000,
  processes: Array.from({ length: 4_000 }, (_, at) => ({
    pid: at + 1,
    name: `process-${at}`.padEnd(30, "x"),
    cpuPct: 0,
    rssBytes: 1_000_000 + at,
    cmdline: null,
  })),
  extensions: [],
};

/** Sends large frames, each batch when the one before was handed over or dropped, until something holds. */
async function flood(watch: Watch, peer: RawPeer, isEnough: () => Promise<boolean>): Promise<void> {
  const frame = peer.snapshot(LARGE);
  const told = async (): Promise<number> => (await watch.metric("shown")) + (await watch.metric("dropped"));
  for (let sent = 0; !(await isEnough()); sent += FRAMES_AT_ONCE) {
    expect(sent, "frames that changed nothing").toBeLessThan(MAX_FLOOD_FRAMES);
    const before = await told();
    for (let n = 0; n < FRAMES_AT_ONCE; n++) peer.write(frame);
    await expect.poll(told).toBeGreaterThanOrEqual(before + FRAMES_AT_ONCE);
  }
}

it("a watch is paused, scrolled back while frames come in, followed again and saved", async () => {
  const watch = await Watch.open();
  const { inspector, page, list } = watch;
  // A server under load throttles, too: that would be one frame more.
  await watch.begin(500, "heartbeat");
  const peer = await watch.peer();
  for (let n = 0; n < 5; n++) await peer.heard();
  // Five heartbeats, and the answer to each; the last one is followed.
  await expect.poll(() => watch.rows()).toBe(10);
  await expect.poll(() => inspector.selectedFrame()).toBe(9);
  await page.getByRole("button", { name: "Pause" }).click();
  await peer.heard();
  await expect.poll(() => watch.rows()).toBe(12);
  expect(await inspector.selectedFrame()).toBe(9);
  await list.press("Home");
  await expect.poll(() => inspector.selectedFrame()).toBe(0);
  await page.getByRole("region", { name: "Selected frame" }).getByText("heartbeat · frame 0").waitFor();
  await peer.heard();
  await expect.poll(() => watch.rows()).toBe(14);
  expect(await inspector.selectedFrame()).toBe(0);
  await page.getByRole("button", { name: "Follow again" }).click();
  await expect.poll(() => inspector.selectedFrame()).toBe(13);
  await peer.heard();
  await expect.poll(() => inspector.selectedFrame()).toBe(15);
  // Who goes back is not pulled to the end by the next frame.
  await list.press("ArrowUp");
  await page.getByRole("button", { name: "Follow again" }).waitFor();
  await peer.heard();
  await expect.poll(() => watch.rows()).toBe(18);
  expect(await inspector.selectedFrame()).toBe(14);
  const saved = join(temporaryFolder(), "saved.tide");
  const save = page.getByRole("button", { name: "Save as .tide" });
  const [download] = await Promise.all([page.waitForEvent("download"), save.click()]);
  await download.saveAs(saved);
  const rows = dumpLines(saved).map((line) => JSON.parse(line));
  // What the watched agent sent and was told, and nothing of the agent of this machine.
  expect(rows.map(({ agentId }) => agentId)).toEqual(Array(18).fill(PEER));
  expect(rows.map(({ type }) => type)).toEqual(Array(18).fill("heartbeat"));
});

it("of the types that were chosen, what the rate leaves out is counted", async () => {
  const watch = await Watch.open();
  const peer = await watch.peer();
  await watch.begin(1, "heartbeat");
  const left = (): Promise<number> => watch.count("left out by the rate");
  for (let sent = 0; (await left()) < 20; sent++) {
    expect(sent).toBeLessThan(200);
    await peer.heard();
  }
  // It takes the place of the one before; its handshake was not asked for.
  const another = await watch.peer();
  await another.heard();
  await expect.poll(async () => (await watch.count("shown")) - (await watch.metric("shown"))).toBe(0);
  await expect.poll(async () => (await watch.rows()) - (await watch.count("shown"))).toBe(0);
  const lines = await shownLines(watch.page);
  expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(["heartbeat"]));
});

it("what the server dropped for a page that stands still is counted and shown, and ingest goes on", async () => {
  const watch = await Watch.open();
  const peer = await watch.peer();
  await watch.begin(10_000, "snapshot");
  // A page that keeps up loses nothing.
  for (let sent = 1; sent <= 10; sent++) {
    peer.write(peer.snapshot(LARGE));
    await expect.poll(() => watch.rows()).toBeGreaterThanOrEqual(sent);
  }
  expect(await watch.count("dropped, more than this page took")).toBe(0);
  const debug = await stopPage(watch.page);
  // Every frame is answered: the server takes in what the page does not.
  await flood(watch, peer, async () => (await watch.metric("dropped")) > 0);
  await debug.send("Debugger.resume");
  await expect
    .poll(() => watch.count("dropped, more than this page took"), { timeout: 20_000 })
    .toBe(await watch.metric("dropped"));
  // What lay on the way comes all at once then. What of it the page can't take in, it names.
  const named = watch.page.getByText("not taken in: this page was too slow");
  await expect
    .poll(async () => (await watch.rows()) === (await watch.count("shown")) || (await named.count()) > 0)
    .toBe(true);
});

it("what a page can't take in itself is named, and the rest is there", async () => {
  const watch = await Watch.open();
  const { page } = watch;
  const peer = await watch.peer();
  await watch.begin(10_000, "snapshot");
  const goOn = await stopWorker(page);
  const named = page.getByRole("listitem").filter({ hasText: "not taken in: this page was too slow" });
  await flood(watch, peer, async () => (await named.count()) > 0);
  await goOn();
  await expect.poll(() => watch.rows(), { timeout: 20_000 }).toBeGreaterThan(20);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as .tide" }).click(),
  ]);
  const saved = join(temporaryFolder(), "saved.tide");
  await download.saveAs(saved);
  // What was left out was left out by whole frames: there is no damage in what was kept.
  expect(dumpLines(saved).filter((line) => line.includes('"error"'))).toEqual([]);
});

/** What a debugger is asked to run, so that there is something to stop at. */
const NOTHING = { expression: "0" };

/** Stops the page's scripts. */
async function stopPage(page: Page): Promise<CDPSession> {
  const debug = await page.context().newCDPSession(page);
  const stopped = new Promise((resolve) => debug.once("Debugger.paused", resolve));
  await debug.send("Debugger.enable");
  await debug.send("Debugger.pause");
  // Answered once the page goes on.
  void debug.send("Runtime.evaluate", NOTHING).catch(() => {});
  await stopped;
  return debug;
}

/** Stops the worker's scripts; gives what lets them go on. */
async function stopWorker(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  const attached = new Promise<string>((resolve) => {
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
      // The service worker is another one.
      if (targetInfo.type === "worker") resolve(sessionId);
    });
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  const stopped = new Promise<void>((resolve) => {
    session.on("Target.receivedMessageFromTarget", ({ message }) => {
      if (JSON.parse(message).method === "Debugger.paused") resolve();
    });
  });
  let asked = 0;
  const send = async (method: string, params: object = {}): Promise<void> => {
    const message = JSON.stringify({ id: ++asked, method, params });
    await session.send("Target.sendMessageToTarget", { sessionId, message });
  };
  await send("Debugger.enable");
  await send("Debugger.pause");
  await send("Runtime.evaluate", NOTHING);
  await stopped;
  return () => send("Debugger.resume");
}
