import { appendFileSync, copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, temporaryFolder } from "../../e2e/places.ts";
import { dumpLines } from "./dumped.ts";
import { serveFolder } from "./folder_server.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { npmStart } from "./npm_start.ts";

const browser = useBrowser();
const HEARTBEAT = "fixtures/snapshot/heartbeat.tide";
const STREAM = "fixtures/snapshot/stream.tide";

describe("ways in", () => {
  it("several files dropped at once are all there to choose from, the first is shown", async () => {
    const inspector = await InspectorPage.open(browser());
    const { page } = inspector;
    await inspector.drop(HEARTBEAT, STREAM, "fixtures/captures/loopback.pcap");
    const picker = page.getByRole("combobox", { name: "Capture" });
    await expect
      .poll(() => picker.locator("option").allTextContents())
      .toEqual(["heartbeat.tide", "stream.tide", "loopback.pcap"]);
    await inspector.read();
    expect(await inspector.jsonLines()).toEqual(dumpLines(HEARTBEAT));
    await picker.selectOption("stream.tide");
    await inspector.read();
    expect(await inspector.jsonLines()).toEqual(dumpLines(STREAM));
    expect(inspector.faults).toEqual([]);
  });

  it("files are chosen with the browser's own dialog", async () => {
    const inspector = await InspectorPage.open(browser());
    await inspector.press("o");
    const [chooser] = await Promise.all([
      inspector.page.waitForEvent("filechooser"),
      inspector.page.getByText("Choose files").click(),
    ]);
    expect(chooser.isMultiple()).toBe(true);
    await chooser.setFiles([join(root, STREAM)]);
    await inspector.read();
    expect(await inspector.jsonLines()).toEqual(dumpLines(STREAM));
  });

  it("pasted base64 is what its bytes are, and pasted nonsense is said to be none", async () => {
    const inspector = await InspectorPage.open(browser());
    const { page } = inspector;
    const paste = async (text: string): Promise<void> => {
      await inspector.press("o");
      await page.getByLabel("Bytes as hexadecimal digits or base64").fill(text);
      await page.getByRole("button", { name: "Open these bytes" }).click();
      await inspector.read();
    };
    await paste(readFileSync(join(root, STREAM)).toString("base64"));
    expect(await inspector.jsonLines()).toEqual(dumpLines(STREAM));
    await inspector.command("close this capture");
    await page.getByRole("heading", { name: "Drop a capture here" }).waitFor();
    await paste("no digits at all, but words");
    await page.getByText("1 damaged place").waitFor();
  });

  it("?url= takes a capture of the same origin, and says why it takes none of another", async () => {
    const origin = await serveFolder();
    const inspector = await InspectorPage.open(browser(), `${origin}/?url=/${STREAM}`);
    const { page } = inspector;
    await inspector.read();
    expect(await inspector.jsonLines()).toEqual(dumpLines(STREAM));
    await page.goto(`${origin}/?url=https://elsewhere.example/a.tide`);
    await page.getByRole("alert").getByText("https://elsewhere.example is another origin").waitFor();
    await page.goto(`${origin}/?url=/fixtures/nowhere.tide`);
    await page.getByRole("alert").getByText("/fixtures/nowhere.tide: the server answered 404").waitFor();
  });

  it("a file that grows is read on with R", async () => {
    const inspector = await InspectorPage.open(browser());
    const file = join(temporaryFolder(), "growing.tide");
    copyFileSync(join(root, HEARTBEAT), file);
    await inspector.dropAndRead(file);
    expect(await inspector.jsonLines()).toHaveLength(1);
    appendFileSync(file, readFileSync(join(root, STREAM)));
    await inspector.press("r");
    await inspector.page.locator(".status", { hasText: `${dumpLines(file).length} frames` }).waitFor();
    expect(await inspector.jsonLines()).toEqual(dumpLines(file));
  });

  it("what a server stored of an agent is opened as it lies there", async () => {
    const { started, stored } = await npmStart();
    const copy = join(temporaryFolder(), "stored.tide");
    try {
      const file = await started.until("a stored file", () =>
        readdirSync(stored)
          .filter((name) => name.endsWith(".tide"))
          .map((name) => join(stored, name))
          .find((name) => statSync(name).size > 0),
      );
      copyFileSync(file, copy);
    } finally {
      await started.end("SIGTERM");
    }
    const inspector = await InspectorPage.open(browser());
    await inspector.dropAndRead(copy);
    const lines = await inspector.jsonLines();
    expect(lines).toEqual(dumpLines(copy));
    expect(JSON.parse(lines[0]!).type).toBe("snapshot");
    expect(inspector.faults).toEqual([]);
  });
});

describe("what a file was recognised as", () => {
  it.each([
    [
      "pcap",
      "fixtures/captures/loopback.pcap",
      "begins with the magic number of pcap (times in microseconds, little-endian)",
    ],
    ["pcapng", "fixtures/captures/loopback.pcapng", "begins with a section header of pcapng"],
  ])("%s says why, and shows both directions of its TCP flows", async (title, file, reason) => {
    const inspector = await InspectorPage.open(browser());
    const { page } = inspector;
    await inspector.dropAndRead(file);
    const senders = await page.locator("#frames .c-sender").allTextContents();
    expect(senders.filter((one) => one.startsWith("→")).length).toBeGreaterThan(0);
    expect(senders.filter((one) => one.startsWith("←")).length).toBeGreaterThan(0);
    await inspector.command("what this was recognised as");
    const chosen = page.getByRole("dialog", { name: "Recognised as" }).getByRole("button", { pressed: true });
    expect(await chosen.textContent()).toContain(title);
    expect(await chosen.textContent()).toContain(reason);
  });

  it("can be overruled, and taken back", async () => {
    const inspector = await InspectorPage.open(browser());
    const { page } = inspector;
    await inspector.dropAndRead("fixtures/corrupt/demo_mixed.tide");
    const sheet = page.getByRole("dialog", { name: "Recognised as" });
    const choose = async (title: RegExp): Promise<void> => {
      await page.getByTitle("What this was recognised as, and why").click();
      await sheet.getByRole("button", { name: title }).click();
      await sheet.waitFor({ state: "detached" });
      await inspector.read();
    };
    const asFound = await inspector.jsonLines();
    expect(asFound).toEqual(dumpLines("fixtures/corrupt/demo_mixed.tide"));
    await choose(/monitoring snapshots 1\.0 has no frame/);
    expect((await inspector.jsonLines()).every((line) => "error" in JSON.parse(line))).toBe(true);
    await choose(/the earlier demo/);
    expect(await inspector.jsonLines()).toEqual(asFound);
  });
});
