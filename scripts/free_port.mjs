import { createServer } from "node:net";

/** Ports that are tried before giving up: enough for whatever else runs here, too few to look like a scan. */
const triedPorts = 50;

/** Whether a loopback port can be listened on. */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The wanted loopback port, or the next one that is free.
 *
 * @param {number} wanted
 * @param {(line: string) => void} say is told when the wanted one is taken
 * @returns {Promise<number>}
 */
export async function freePort(wanted, say) {
  for (let port = wanted; port < wanted + triedPorts; port++) {
    if (!(await isFree(port))) continue;
    if (port !== wanted) say(`port ${wanted} is taken, using ${port}`);
    return port;
  }
  throw new Error(`no free port from ${wanted} to ${wanted + triedPorts - 1}: stop what listens there`);
}
