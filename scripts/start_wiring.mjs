// All that `npm start` knows of how the server and the agent are run and what they print.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { denoEnvironment, findDeno } from "./find_deno.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** One snapshot every two seconds: often enough to watch. */
const interval = "2s";

/** @param {{ dir: string, port: number, httpPort: number }} place */
export function serverCommand({ dir, port, httpPort }) {
  // Deno parts the list by commas and knows no way around one: without its folder there is no page, and all else works.
  const readable = [dir, join(root, "dist/inspector")].filter((path) => !path.includes(",")).join(",");
  const permissions = ["--no-prompt", "--allow-net", `--allow-read=${readable}`, `--allow-write=${dir}`];
  const addresses = ["--listen", `127.0.0.1:${port}`, "--http", `127.0.0.1:${httpPort}`];
  return {
    command: findDeno().path,
    args: ["run", ...permissions, "deno/serve.ts", "--dir", dir, ...addresses, "--log", "json", "--log-level", "debug"],
    cwd: root,
    env: denoEnvironment(),
  };
}

/** @param {{ server: string, once: boolean, dir: string }} what */
export function agentCommand({ server, once, dir }) {
  // Its own, beside what is stored: an agent that runs on this machine for good has the usual one.
  const spool = ["--spool", join(dir, "agent-spool")];
  const mode = once ? ["--once"] : ["--interval", interval, "--log", "json", ...spool];
  return {
    command: process.execPath,
    args: ["dist/node/cli.js", "agent", "--server", server, ...mode],
    cwd: root,
    env: process.env,
  };
}

/** The command that looks into the store, as one types it in the project's folder. */
export function lookInside(dir) {
  const quoted = /^[\w./~+@%:-]+$/.test(dir) ? dir : `'${dir.replaceAll("'", "'\\''")}'`;
  return `npm run -s tidewire -- dump ${quoted}/*.tide`;
}

/**
 * Reads a line of a structured log.
 *
 * @param {string} line
 * @returns {{ event: string, level: string, [field: string]: unknown } | undefined} nothing for a line that is no event
 */
export function readEvent(line) {
  try {
    const event = JSON.parse(line);
    return typeof event?.event === "string" ? { level: "info", ...event } : undefined;
  } catch {
    return undefined;
  }
}

/** A stored snapshot as a line for a person. */
export function storedLine({ agentId, processes, wireBytes, latencyMs }) {
  const number = (value) => Number(value).toLocaleString("en-US");
  return `${agentId}  ${number(processes)} processes  ${number(wireBytes)} bytes on the wire  ${number(latencyMs)} ms from sampling to stored`;
}

/** An event as a line for a person. */
export function eventLine({ time, level, event, ...fields }) {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [level, event, ...pairs].join(" ");
}
