// ZeroMQ servers that the page talks to: Tidewire's own sockets on Node.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

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

/** Sends back whatever comes, until the socket is closed. */
async function echo(socket) {
  try {
    for await (const parts of socket) await socket.send(parts);
  } catch {
    // Closed, or the one who asked has gone.
  }
}

/** Answers each subscription with a message that does not match and one that does. */
async function publish(socket) {
  for await (const [subscription] of socket) {
    if (subscription[0] !== 1) continue;
    await socket.send(["?", "for nobody"]);
    await socket.send([`${Buffer.from(subscription.subarray(1))}-topic`, "news"]);
  }
}

/**
 * @param {string} root the project's folder
 * @returns {Promise<{ places: object[], close(): Promise<void> }>}
 */
export async function serveZmtp(root) {
  const zmtp = await importOurs(root);
  const sockets = {
    reply: new zmtp.Reply({ linger: 0 }),
    router: new zmtp.Router({ linger: 0 }),
    publisher: new zmtp.XPublisher({ linger: 0 }),
  };
  const place = { name: "Tidewire on Node" };
  for (const [role, socket] of Object.entries(sockets)) place[role] = await socket.bind("ws://127.0.0.1:0/");
  void echo(sockets.reply);
  void echo(sockets.router);
  publish(sockets.publisher).catch(() => {});
  return {
    places: [place],
    close: async () => void (await Promise.all(Object.values(sockets).map((socket) => socket.close()))),
  };
}
