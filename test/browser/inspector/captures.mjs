// Every vector and every damaged file: the page says what `tidewire dump --json` says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { command, exportedLines, openFiles, openPage, root } from "./page_driver.mjs";

const folders = ["snapshot", "snapshot_demo", "zmtp", "corrupt", "captures"];

/** What is damaged is dumped all the same; the exit code tells of it. */
async function dumped(file) {
  const args = [join(root, "dist/node/cli.js"), "dump", "--json", file];
  const options = { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(process.execPath, args, options).catch((error) => error)).stdout;
}

/** One case for each folder of fixtures. */
export const captureCases = folders.map((folder) => ({
  name: `inspector: fixtures/${folder} as dump --json has it`,
  async run({ browser, served }) {
    const names = readdirSync(join(root, "fixtures", folder)).filter((name) => /\.(tide|zmtp|pcap|pcapng)$/.test(name));
    assert.ok(names.length > 0);
    const { page, context, faults } = await openPage(browser, served.url);
    for (const name of names) {
      const file = join(root, "fixtures", folder, name);
      const [expected] = await Promise.all([dumped(file), openFiles(page, [file])]);
      if (expected === "") assert.match(await page.textContent("#frames"), /holds no frame/, name);
      else assert.equal(await exportedLines(page), expected, name);
      await command(page, "Close this capture");
      await page.waitForSelector(".landing");
    }
    assert.deepEqual(faults, []);
    await context.close();
  },
}));
