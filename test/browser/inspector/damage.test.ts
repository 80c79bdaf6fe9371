import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../e2e/places.ts";
import { CORRUPT_CAPTURES, type CorruptCapture } from "../../inspect/corrupt_captures.ts";
import { dumpLines } from "./dumped.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { cards, markedDigits, type ShownCard } from "./page_reading.ts";

const browser = useBrowser();
/** Faults of one capture that are looked at: the mixed ones have each kind three times. */
const MAX_FAULTS = 6;
/** Captures that the page has open at once. */
const MAX_OPEN = 16;
const WIDE = { viewport: { width: 1600, height: 1000 } };

/** Opens captures together, and goes through them. */
async function throughEach(
  captures: readonly CorruptCapture[],
  look: (inspector: InspectorPage, capture: CorruptCapture) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < captures.length; at += MAX_OPEN) {
    const some = captures.slice(at, at + MAX_OPEN);
    const inspector = await InspectorPage.open(browser(), undefined, WIDE);
    await inspector.drop(...some.map(({ name }) => `fixtures/corrupt/${name}.tide`));
    const picker = inspector.page.getByRole("combobox", { name: "Capture" });
    await expect.poll(() => picker.locator("option").count(), { timeout: 15_000 }).toBe(some.length);
    for (const capture of some) {
      await picker.selectOption(`${capture.name}.tide`);
      await inspector.read();
      await look(inspector, capture);
    }
    expect(inspector.faults).toEqual([]);
  }
}

/** Goes to a frame and reads what its checks say. */
async function cardsOf(inspector: InspectorPage, row: number): Promise<readonly ShownCard[]> {
  const { page } = inspector;
  await inspector.goTo(`#${row}`);
  await page.locator("#pane-fields .tabs-note", { hasText: new RegExp(` frame ${row}$`) }).waitFor();
  await page.getByRole("tab", { name: "Checks" }).click();
  return cards(page);
}

function rowAt({ rows }: CorruptCapture["truth"], offset: number): number {
  return rows.findIndex((row) => row.offset === offset);
}

/** The frame that stands at a place by its length, and both CRCs; worked out from the text of the formats. */
function frameAt({ bytes, truth }: CorruptCapture, offset: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isDemo = truth.protocol === "snapshot_demo";
  const length = view.getUint32(offset, !isDemo);
  const [covered, end, crcAt] = isDemo ? [4, 4 + length, offset + 4 + length] : [8, 4 + length, offset + 4];
  const hex = (crc: number): string => `0x${crc.toString(16).padStart(8, "0")}`;
  return {
    covers: `bytes ${covered} to ${end}`,
    isThere: length <= 262_144 && length >= 8 && offset + end + (isDemo ? 4 : 0) <= bytes.length,
    stored: () => hex(view.getUint32(crcAt, true)),
    computed: () => hex(crc32(bytes.subarray(offset + covered, offset + end))),
  };
}

it("says of each damaged place what its truth file says: the code, what was skipped, both CRCs, and the rule", async () => {
  const damaged = CORRUPT_CAPTURES.filter(({ truth }) => truth.rows.some(({ error }) => error !== undefined));
  expect(damaged.length).toBeGreaterThan(15);
  await throughEach(damaged, async (inspector, capture) => {
    const faults = capture.truth.rows.flatMap((row, at) => (row.error === undefined ? [] : [{ ...row, at }]));
    const count = `${faults.length} damaged place${faults.length === 1 ? "" : "s"},`;
    expect(await inspector.page.locator(".status").textContent(), capture.name).toContain(count);
    for (const { at, offset, error, endOffset } of faults.slice(0, MAX_FAULTS)) {
      const all = await cardsOf(inspector, at);
      const where = `${capture.name}, frame ${at}`;
      expect(all[0]!.title, where).toContain(error);
      for (const name of ["found", "expected", "receiver"]) expect(all[0]!.facts[name], where).toMatch(/\w/);
      expect(all[0]!.facts["rule"], where).toMatch(/^§\d/);
      const range = `${offset} to ${endOffset}`;
      expect(all[0]!.facts["reading"], where).toContain(range);
      const crc = all.find(({ facts }) => "computed" in facts);
      if (error !== "CRC_MISMATCH") continue;
      const { stored, computed, covers, isThere } = frameAt(capture, offset);
      expect(isThere, where).toBe(true);
      expect(crc?.title, where).toContain("The CRC-32 does not hold");
      expect(crc?.facts, where).toMatchObject({ stored: stored(), computed: computed() });
      expect(crc?.facts["covers"], where).toBe(covers);
    }
  });
});

it("finds what is missing and what came twice in captures whose frames are all good", async () => {
  const whole = CORRUPT_CAPTURES.filter(({ truth }) => truth.rows.every(({ error }) => error === undefined));
  expect(whole.map(({ name }) => name)).toEqual(["lost_parts", "parts_in_disorder", "repeated_snapshot"]);
  await throughEach(whole, async (inspector, { name, truth }) => {
    const { page } = inspector;
    await inspector.press("Escape", "2");
    const rows = page.getByRole("grid", { name: "Problems" }).getByRole("row");
    const listed = (severity: string, cell: string): Promise<string[]> =>
      rows
        .filter({ has: page.getByRole("img", { name: severity }) })
        .locator(`.c-${cell}`)
        .allTextContents();
    await page.getByRole("button", { name: "0 errors" }).waitFor();
    if (name === "lost_parts") {
      const said = `snapshot ${truth.incomplete[0]!.snapshotId} of db-7.example has 3 parts; missing: parts 3 to 4 of 5`;
      await expect.poll(() => listed("warning", "said")).toEqual([`found ${said}`]);
    } else {
      // The truth tells of snapshots that came twice; a part that did is told as well.
      const repeats = name === "parts_in_disorder" ? ["3"] : truth.repeated.map((offset) => `${rowAt(truth, offset)}`);
      const numbers = rows.filter({ hasText: /message \w+ again/ }).locator(".c-number");
      await expect.poll(() => numbers.allTextContents(), { message: name }).toEqual(repeats);
    }
  });
});

it.each(["body_bit", "crc_bit", "length_bit", "length_huge"])("%s: one bit mends the frame", async (name) => {
  const capture = CORRUPT_CAPTURES.find((one) => one.name === name)!;
  const { bytes, truth } = capture;
  const inspector = await InspectorPage.open(browser(), undefined, WIDE);
  const { page } = inspector;
  await inspector.dropAndRead(`fixtures/corrupt/${name}.tide`);
  const at = truth.rows.findIndex(({ error }) => error !== undefined);
  const { offset } = truth.rows[at]!;
  const repair = (await cardsOf(inspector, at)).flatMap(({ facts }) => facts["repair"] ?? [])[0]!;
  const [, bit, byte, found, mended] = /flip bit (\d) of byte (\d+), .*: (\w\w) → (\w\w)/.exec(repair)!;
  expect(bytes[offset + Number(byte)]).toBe(Number.parseInt(found!, 16));
  expect(Number.parseInt(found!, 16) ^ (1 << Number(bit))).toBe(Number.parseInt(mended!, 16));
  await page.getByRole("button", { name: "show byte" }).click();
  await expect.poll(() => page.locator("#pane-bytes [role=status]").textContent()).toContain(`byte ${byte} `);
  await page.getByRole("button", { name: "flip it" }).click();
  await page.getByRole("heading", { name: "The CRC-32 holds" }).waitFor();
  const file = join(temporaryFolder(), "mended.tide");
  writeFileSync(file, await inspector.exportedBytes("the edited frame"));
  const [line, ...more] = dumpLines(file).map((text) => JSON.parse(text));
  expect(more).toEqual([]);
  expect(line.error).toBeUndefined();
  expect(truth.rows[at + 1]!.messageId).not.toBe(line.messageId);
});

it("marks the bytes that the CRC covers, and offers no bit where none mends it", async () => {
  const capture = CORRUPT_CAPTURES.find((one) => one.name === "removed_bytes")!;
  const inspector = await InspectorPage.open(browser(), undefined, WIDE);
  await inspector.dropAndRead("fixtures/corrupt/removed_bytes.tide");
  const at = capture.truth.rows.findIndex(({ error }) => error !== undefined);
  const all = await cardsOf(inspector, at);
  expect(all.flatMap(({ facts }) => facts["repair"] ?? [])).toEqual(["no single bit explains it"]);
  const { offset } = capture.truth.rows[at]!;
  const covered = Buffer.from(capture.bytes.subarray(offset + 8, offset + 8 + 64)).toString("hex");
  await expect.poll(() => markedDigits(inspector.page, "crc")).toMatch(new RegExp(`^${covered}`));
});

it("each problem's link leads to its paragraph of the specification", async () => {
  const inspector = await InspectorPage.open(browser(), undefined, WIDE);
  const { page } = inspector;
  const seen = new Set<string>();
  for (const name of ["mixed", "demo_mixed"]) {
    await inspector.dropAndRead(`fixtures/corrupt/${name}.tide`);
    const { rows } = CORRUPT_CAPTURES.find((one) => one.name === name)!.truth;
    const codes = new Set(rows.flatMap(({ error }) => error ?? []));
    for (const code of codes) {
      await cardsOf(
        inspector,
        rows.findIndex(({ error }) => error === code),
      );
      const link = page.getByRole("region", { name: "Checks" }).getByRole("link").first();
      const section = /^§([\d.]+) of the specification$/.exec((await link.textContent())!)![1]!;
      const href = (await link.getAttribute("href"))!;
      if (seen.has(href)) continue;
      seen.add(href);
      const [spec] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
      await spec.waitForLoadState();
      const heading = spec.locator(`[id="${href.split("#")[1]}"]`);
      expect(await heading.textContent(), href).toMatch(new RegExp(`^${section.replaceAll(".", "\\.")}\\b`));
      await spec.close();
    }
    await inspector.command("close this capture");
    await page.getByRole("heading", { name: "Drop a capture here" }).waitFor();
  }
  expect(seen.size).toBeGreaterThan(4);
});
