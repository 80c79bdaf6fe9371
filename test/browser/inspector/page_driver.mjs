// Drives the inspector in Chromium, and serves its built files as the server does.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
/** What a page may take to do one thing on a loaded machine. */
const actionTimeoutMs = 20_000;

const types = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
  wasm: "application/wasm",
  svg: "image/svg+xml",
};

/** dist/inspector/ at `/` and fixtures/ beside it, on a free loopback port. */
export async function serveInspector() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = pathname.startsWith("/fixtures/")
      ? pathname
      : join("dist/inspector", pathname === "/" ? "index.html" : pathname);
    readFile(join(root, file))
      .then((content) => {
        response.writeHead(200, { "content-type": types[file.split(".").at(-1)] ?? "application/octet-stream" });
        response.end(content);
      })
      .catch(() => response.writeHead(404).end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}

/** Opens the page; whatever it throws or its policy stops fails the test that looks at `faults`. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(actionTimeoutMs);
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector(".app");
  // The keyboard is listened to once the first drawing is over.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
  return { context, page, faults };
}

/** Opens files as a person does, and waits until they are read. */
export async function openFiles(page, files) {
  await page.keyboard.press("o");
  await page.setInputFiles("input[type=file]", files);
  await read(page);
}

/** Waits until the capture that is shown has been read. */
export function read(page) {
  return page.waitForSelector('.status-main:has-text("read in")');
}

/** Every row of the capture as JSON lines, by the page's own export. */
export async function exportedLines(page) {
  await page.keyboard.press("e");
  await page.check('input[name="which"][value="list"]');
  await page.check('input[name="kind"][value="jsonLines"]');
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("dialog button.primary")]);
  return readFile(await download.path(), "utf8");
}

/** Runs a command of the palette by its words. */
export async function command(page, words) {
  await page.keyboard.press("Control+k");
  await page.fill(".palette input", words);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".palette", { state: "detached" });
}
