import { expect, it } from "vitest";
import { CORE_SHA256 } from "../../../src/core/mod.ts";
import { LogProcess } from "../../e2e/log_process.ts";
import { root } from "../../e2e/places.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { npmStart } from "./npm_start.ts";

const browser = useBrowser();

it("the link of npm start shows what a real agent sends to a real server, and saves it", async () => {
  const { started, link } = await npmStart();
  try {
    const inspector = await InspectorPage.open(browser(), link);
    const { page } = inspector;
    await inspector.command("watch a server");
    await page.getByRole("button", { name: "Watch", exact: true }).click();
    await page.getByText(`the server's core is this page's, ${CORE_SHA256.slice(0, 12)}`).waitFor();
    await expect
      .poll(() => page.locator("#frames .c-type", { hasText: "snapshot" }).count(), { timeout: 30_000 })
      .toBeGreaterThan(0);
    await page.getByRole("button", { name: "Pause" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save as .tide" }).click(),
    ]);
    const saved = await download.path();
    const rows = await savedTypes(saved);
    expect(rows).toContain("snapshot");
    expect(rows).toContain("ack");
    // The browser tells of the answer by which the page learns that it may watch.
    expect(inspector.faults.filter((fault) => !fault.includes("426"))).toEqual([]);
  } finally {
    await started.end("SIGTERM");
  }
});

it("opens and reads captures without its server after the first load", async () => {
  const { started, link } = await npmStart();
  let inspector: InspectorPage;
  try {
    inspector = await InspectorPage.open(browser(), link);
    await inspector.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  } finally {
    await started.end("SIGTERM");
  }
  await expect(fetch(link)).rejects.toThrow();
  await inspector.page.reload();
  await inspector.dropAndRead("fixtures/snapshot/snapshot_zstd.tide");
  expect((await inspector.jsonLines()).map((line) => JSON.parse(line).payload.processes.length)).toEqual([100]);
});

/** The types of the frames in a saved capture, as `tidewire dump` reads them. */
async function savedTypes(file: string): Promise<unknown[]> {
  const dump = new LogProcess(process.execPath, ["dist/node/cli.js", "dump", "--json", file], {
    cwd: root,
    env: process.env,
  });
  const { code, out } = await dump.ended;
  expect(code).toBe(0);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).type);
}
