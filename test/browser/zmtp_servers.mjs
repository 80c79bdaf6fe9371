// ZeroMQ servers that the page talks to: Tidewire's own sockets on Node, and libzmq.
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { serveRoles } from "./zmtp_roles.mjs";

/** Chromium may send WebSocket messages of more octets than 65,536 in fragments, which libzmq takes none of; one octet is flags. */
const maxLibzmqPartBytes = 65_535;

/** Tidewire's sockets are TypeScript, which Node 20 does not take as it is. */
async function importOurs(root) {
  // Inside the project, so that the packages that stay outside of the bundle are found.
  const folder = join(root, "build/browser-servers");
  mkdirSync(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ["src/node/zmtp/mod.ts"],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
  return import(pathToFileURL(join(folder, "mod.mjs")).href);
}

/** @returns {Promise<{ child: import("node:child_process").ChildProcess, place: object } | undefined>} nothing where it is not installed */
async function startLibzmq(root) {
  const child = fork(join(root, "test/browser/libzmq_server.mjs"), { stdio: ["ignore", "inherit", "pipe", "ipc"] });
  const place = await new Promise((resolve) => {
    child.once("message", resolve);
    child.once("exit", () => resolve(undefined));
  });
  return place === undefined ? undefined : { child, place };
}

/**
 * @param {string} root the project's folder
 * @returns {Promise<{ places: object[], close(): Promise<void> }>}
 */
export async function serveZmtp(root) {
  const ours = await serveRoles(await importOurs(root), "ws://127.0.0.1:0/");
  const theirs = await startLibzmq(root);
  const places = [{ name: "Tidewire on Node", ...ours.place }];
  if (theirs === undefined) console.log("skipped: ws:// to libzmq, which npm's zeromq is not installed for");
  else places.push({ name: "libzmq", maxPartBytes: maxLibzmqPartBytes, ...theirs.place });
  return {
    places,
    async close() {
      theirs?.child.disconnect();
      await Promise.all(ours.sockets.map((socket) => socket.close()));
    },
  };
}
