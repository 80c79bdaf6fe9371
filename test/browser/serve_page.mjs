// A static server for the test page: the bundle, the fixtures and zstd.wasm, on a free loopback port.
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

const html =
  '<!doctype html><meta charset="utf-8"><title>Tidewire</title><script type="module" src="/page.js"></script>';

/** @param {string} root @param {Uint8Array} script @param {string} path */
async function answer(root, script, path) {
  if (path === "/") return ["text/html", html];
  if (path === "/page.js") return ["text/javascript", script];
  if (path === "/favicon.ico") return ["image/x-icon", ""];
  // The library's web build comes with its own copy of the module; instantiateStreaming wants the type.
  const zstdWasm = join(root, "node_modules/@bokuweb/zstd-wasm/dist/web/zstd.wasm");
  if (path === "/zstd.wasm") return ["application/wasm", await readFile(zstdWasm)];
  if (!path.startsWith("/fixtures/")) return undefined;
  const file = join(root, normalize(decodeURIComponent(path)));
  if (!file.startsWith(join(root, "fixtures"))) return undefined;
  if (!path.endsWith("/")) return ["application/octet-stream", await readFile(file)];
  const entries = await readdir(file, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
  return ["application/json", JSON.stringify(names)];
}

/**
 * @param {string} root the project's folder
 * @param {Uint8Array} script the page's bundle
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function servePage(root, script) {
  const server = createServer((request, response) => {
    answer(root, script, new URL(request.url ?? "/", "http://localhost").pathname)
      .then((found) => {
        response.writeHead(found === undefined ? 404 : 200, { "content-type": found?.[0] ?? "text/plain" });
        response.end(found?.[1]);
      })
      .catch((error) => {
        response.writeHead(error.code === "ENOENT" ? 404 : 500, { "content-type": "text/plain" });
        response.end(String(error));
      });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
