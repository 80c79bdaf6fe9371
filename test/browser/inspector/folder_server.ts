import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { onTestFinished } from "vitest";
import { root } from "../../architecture/source_files.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** Serves the built page at `/` and the fixtures below it, as any web server would; it ends with the test. Gives its origin. */
export async function serveFolder(): Promise<string> {
  const server = createServer(({ url }, response) => {
    const { pathname } = new URL(url!, "http://localhost");
    const name = pathname === "/" ? "/index.html" : pathname;
    const places = [join(root, "dist/inspector", name), join(root, name)];
    const place = places.find((one) => existsSync(one) && statSync(one).isFile());
    if (place === undefined) response.writeHead(404).end("not here");
    else response.writeHead(200, { "content-type": TYPES[extname(place)] ?? "" }).end(readFileSync(place));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
