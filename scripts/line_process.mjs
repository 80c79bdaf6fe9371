// A child process that is read line by line and stopped by asking first.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * @typedef {object} LineProcess
 * @property {Promise<number | string>} ended exit code, signal, or why it could not start
 * @property {() => boolean} isRunning
 * @property {(withinMs: number) => Promise<void>} stop asks it to end, and ends it when it has not done so in time
 * @property {() => void} kill
 */

/**
 * Starts a process in a group of its own, so that Ctrl-C reaches only us, who stop things in their order.
 *
 * @param {{ command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv }} what
 * @param {{ out: (line: string) => void, err: (line: string) => void }} lines
 * @returns {LineProcess}
 */
export function startLineProcess(what, lines) {
  const { cwd, env } = what;
  const child = spawn(what.command, what.args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let running = true;
  createInterface({ input: child.stdout }).on("line", lines.out);
  createInterface({ input: child.stderr }).on("line", lines.err);
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code ?? signal));
  }).finally(() => {
    running = false;
  });
  return {
    ended,
    isRunning: () => running,
    kill: () => child.kill("SIGKILL"),
    async stop(withinMs) {
      if (!running) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
