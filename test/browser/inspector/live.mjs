// The live tap, against a real server and a real agent.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { denoEnvironment, findDeno } from "../../../scripts/find_deno.mjs";
import { openPage, root } from "./page_driver.mjs";

const listenTimeoutMs = 30_000;

/** Starts the server as production does; gives where it listens. */
async function startServer(dir) {
  const permissions = ["--no-prompt", "--allow-net", `--allow-read=${dir},./dist/inspector`, `--allow-write=${dir}`];
  const options = ["--dir", dir, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log", "json"];
  const child = spawn(findDeno().path, ["run", ...permissions, "deno/serve.ts", ...options], {
    cwd: root,
    env: denoEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const listening = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the server did not listen")), listenTimeoutMs);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = JSON.parse(line);
      if (event.event !== "listening") return;
      clearTimeout(timer);
      resolve(event);
    });
  });
  try {
    return { child, ...(await listening) };
  } catch (error) {
    child.kill();
    throw error;
  }
}

export const liveCases = [
  {
    name: "inspector: the server shows the page, and the page what an agent sends",
    async run({ browser }) {
      const dir = mkdtempSync(join(tmpdir(), "tidewire-tap-"));
      const server = await startServer(dir);
      let agent;
      try {
        const { page, context, faults } = await openPage(browser, `http://${server.http}/`);
        await page.evaluate(() => document.querySelector(".app") !== null);
        await page.keyboard.press("Control+k");
        await page.fill(".palette input", "Watch a server live");
        await page.keyboard.press("Enter");
        await page.click('.live-form button:has-text("Watch")');
        await page.waitForSelector(".live-state:has-text(\"✓ the server's core is this page's\")");
        const args = [
          "agent",
          "--server",
          server.address,
          "--agent-id",
          "watched-1",
          "--interval",
          "1s",
          "--state-dir",
          dir,
        ];
        agent = spawn(process.execPath, ["dist/node/cli.js", ...args], { cwd: root, stdio: "ignore" });
        await page.waitForSelector('#frames .frame:has-text("handshakeAck")');
        await page.waitForSelector('#frames .c-type:has-text("snapshot")');
        await page.waitForSelector("#frames >> text=/^stored [0-9a-f]{8}/");
        const [saved] = await Promise.all([
          page.waitForEvent("download"),
          page.click('button:has-text("Save as .tide")'),
        ]);
        assert.equal(saved.suggestedFilename(), "live.tide");
        await page.click('.live-form button:has-text("Stop")');
        await page.waitForSelector('.live-state:has-text("not watching")');
        assert.deepEqual(faults, []);
        await context.close();
      } finally {
        agent?.kill();
        server.child.kill();
        rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  },
];
