// One step of a command: a child process with a progress line, its output kept until it is wanted.
import { spawn } from "node:child_process";

const isTerminal = process.stdout.isTTY === true;
const paint = (code, text) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text);
const seconds = (startMs) => `${((Date.now() - startMs) / 1000).toFixed(1)} s`;
/** Without a terminal, a step that takes longer than this says that it is alive. */
const aliveEveryMs = 30_000;

/** Shows that a step runs; gives what ends the showing. */
function showRunning(name, startMs) {
  if (!isTerminal) {
    const alive = setInterval(() => console.log(`  ${name}: still running, ${seconds(startMs)}`), aliveEveryMs);
    return () => clearInterval(alive);
  }
  const draw = () => process.stdout.write(`\r\u001b[K  … ${name} ${seconds(startMs)}`);
  draw();
  const ticking = setInterval(draw, 500);
  return () => {
    clearInterval(ticking);
    process.stdout.write("\r\u001b[K");
  };
}

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {number} timeoutMs after which it is ended and counts as failed
 */

/**
 * Runs a step: one line on how it went; its output when it failed, or all along when `verbose`.
 *
 * @param {Step} step
 * @param {boolean} verbose
 * @returns {Promise<boolean>} whether it ended with 0
 */
export async function runStep(step, verbose) {
  const startMs = Date.now();
  if (verbose) console.log(`  … ${step.name}`);
  const stopShowing = verbose ? () => {} : showRunning(step.name, startMs);
  const output = [];
  const ending = await new Promise((resolve) => {
    const stdio = verbose ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"];
    const child = spawn(step.command, step.args, { cwd: step.cwd, env: step.env, stdio });
    const timer = setTimeout(() => {
      output.push(Buffer.from(`\nended after ${step.timeoutMs / 1000} s without a result\n`));
      child.kill("SIGKILL");
    }, step.timeoutMs);
    child.stdout?.on("data", (chunk) => output.push(chunk));
    child.stderr?.on("data", (chunk) => output.push(chunk));
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(code ?? signal);
    });
  });
  stopShowing();
  if (ending === 0) {
    console.log(`${paint(32, "ok")}      ${step.name} (${seconds(startMs)})`);
    return true;
  }
  console.log(`${paint(31, "failed")}  ${step.name} (${seconds(startMs)}; ${step.command} ended with ${ending})`);
  if (output.length > 0) process.stdout.write(Buffer.concat(output).toString().replace(/^/gm, "    ").trimEnd());
  console.log();
  return false;
}
