import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it, onTestFinished } from "vitest";
import { maxOneFileGzipBytes, maxPageGzipBytes } from "../../../scripts/build_inspector.mjs";
import { root } from "../../architecture/source_files.ts";
import { InspectorPage, useBrowser } from "./inspector_page.ts";

const browser = useBrowser();
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};
/** What the issue counts apart, and what the browser itself fetches beside a page. */
const APART = ["zstd_library.js", "zstd.wasm", "icon.svg", "inspector.webmanifest", "favicon.ico"];

const gzipBytes = (content: string | Buffer): number => gzipSync(content, { level: 9 }).length;

/** Serves the built page, and tells which of its files were fetched. */
async function servePage(): Promise<{ readonly url: string; readonly fetched: ReadonlySet<string> }> {
  const fetched = new Set<string>();
  const server = createServer(({ url }, response) => {
    const name = url === "/" ? "index.html" : url!.slice(1);
    const file = join(root, "dist/inspector", name);
    fetched.add(name);
    if (!existsSync(file)) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "" }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, fetched };
}

it(`served, it fetches at most ${maxPageGzipBytes / 1000} kB gzip until a capture is shown, the zstd decoder apart`, async () => {
  const { url, fetched } = await servePage();
  // The worker that makes the page work offline fetches everything behind its back, later.
  const inspector = await InspectorPage.open(browser(), url, { serviceWorkers: "block" });
  await inspector.dropAndRead("fixtures/snapshot/stream.tide");
  await inspector.page.locator("#fields [role=treeitem]").first().waitFor();
  const files = [...fetched].filter((name) => !APART.includes(name));
  for (const name of ["index.html", "inspector.css", "inspector.js", "worker.js"]) expect(files).toContain(name);
  const sizes = files.map((name) => gzipBytes(readFileSync(join(root, "dist/inspector", name))));
  expect(sizes.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(maxPageGzipBytes);
  await inspector.page.getByRole("tab", { name: "Replay" }).click();
  await inspector.page.getByRole("button", { name: "Step", exact: true }).click();
  await inspector.page.locator("#steps [role=row]").first().waitFor();
  // What was left out comes when it is used.
  expect(files).not.toContain("replay.js");
  expect(fetched.has("replay.js")).toBe(true);
  expect(inspector.faults.filter((fault) => !fault.includes("404"))).toEqual([]);
});

it(`as one file it is at most ${maxOneFileGzipBytes / 1000} kB gzip without the zstd decoder`, () => {
  const whole = readFileSync(join(root, "dist/inspector.html"), "utf8");
  const light = whole.replaceAll(/(id="zstd-(?:source|wasm)">).*?(?=<\/script>)/gs, "$1");
  expect(light.length).toBeLessThan(whole.length - 300_000);
  expect(gzipBytes(light)).toBeLessThanOrEqual(maxOneFileGzipBytes);
});
