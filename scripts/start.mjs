// npm start -- [--once] [--dir DIR]
//
// The server with its store, and the agent of this machine against it. With --once: one snapshot, printed decoded;
// the exit code says whether it was stored.
import { mkdirSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, isBuilt } from "./build.mjs";
import { freePort } from "./free_port.mjs";
import { installMissing, requireNode20 } from "./install_missing.mjs";
import { startLineProcess } from "./line_process.mjs";
import { agentCommand, eventLine, lookInside, readEvent, serverCommand, storedLine } from "./start_wiring.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const wantedPort = 7400;
/** A server that has not said where it listens by then will not: rebuilding its index takes seconds at most. */
const listenTimeoutMs = 60_000;
/** One sample with its window and one acknowledged send, on the slowest machine. */
const onceTimeoutMs = 60_000;
/** What was acknowledged to the agent has been stored; only the server's line about it may still be on its way. */
const lastLineTimeoutMs = 5_000;
/** Server and agent bound their own draining well below this. */
const drainTimeoutMs = 30_000;

function readArguments() {
  try {
    const { values } = parseArgs({ options: { once: { type: "boolean" }, dir: { type: "string" } } });
    if (resolve(root, values.dir ?? "").includes(",")) {
      // Its list of folders is parted by commas and knows no way around one.
      throw new Error(
        "--dir: a folder with a comma in its path can't be given to Deno as the only one that it may use",
      );
    }
    return { once: values.once ?? false, dir: resolve(root, values.dir ?? "data") };
  } catch (error) {
    console.error(`${error.message}\nusage: npm start -- [--once] [--dir DIR]`);
    process.exit(2);
  }
}

/** Rejects after a time. */
function within(ms, what) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what} within ${ms / 1000} s`)), ms).unref();
  });
}

/** Rejects when a process ends, which it should not do by itself. */
async function unexpectedEnd(name, running) {
  const ending = await running.ended;
  throw new Error(`the ${name} ended with ${ending}`);
}

/** Listens to the signals that ask to stop: the first is heard, the next one ends everything at once. */
function listenToSignals() {
  const started = [];
  let hear;
  const asked = new Promise((resolve) => {
    hear = resolve;
  });
  let count = 0;
  const onSignal = () => {
    hear("asked to stop");
    if (++count === 1) return;
    for (const one of started) one.kill();
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
  /** Starts a process that a second signal ends. */
  const start = (command, lines) => {
    const running = startLineProcess(command, lines);
    started.push(running);
    return running;
  };
  return { asked, start };
}

/** Rejects when asked to stop. */
async function stoppedEarly(signals) {
  throw new Error(`${await signals.asked} before the work was done`);
}

/** A folder as one names it from here. */
function shown(dir) {
  const path = relative(process.cwd(), dir);
  return path.startsWith("..") ? dir : path || ".";
}

/** Passes on what a process says of trouble: events from warnings up, and every line that is no event. */
function showTrouble(name, line) {
  const event = readEvent(line);
  if (event === undefined) console.error(`${name}: ${line}`);
  else if (event.level === "warn" || event.level === "error") console.error(`${name}: ${eventLine(event)}`);
  return event;
}

/** Starts the server on free ports; resolves when it listens. */
async function startServer(dir, signals, say, onStored) {
  mkdirSync(dir, { recursive: true });
  const port = await freePort(wantedPort, say);
  const httpPort = await freePort(port + 1, say);
  let heardListening;
  const listening = new Promise((resolve) => {
    heardListening = resolve;
  });
  const running = signals.start(serverCommand({ dir, port, httpPort }), {
    out(line) {
      const event = showTrouble("server", line);
      if (event?.event === "listening") heardListening(event);
      if (event?.event === "stored") onStored(event);
    },
    err: (line) => showTrouble("server", line),
  });
  try {
    const late = within(listenTimeoutMs, "the server did not listen");
    const ended = unexpectedEnd("server", running);
    const { address, http, inspector } = await Promise.race([listening, ended, late, stoppedEarly(signals)]);
    return { running, address, http, inspector };
  } catch (error) {
    await running.stop(drainTimeoutMs);
    throw error;
  }
}

/** Shows both at work until a signal or the end of one of them. */
async function runOn(dir, signals) {
  let stored = 0;
  const server = await startServer(dir, signals, console.log, (event) => {
    stored++;
    console.log(`${new Date().toTimeString().slice(0, 8)}  ${storedLine(event)}`);
  });
  console.log(`server  ${server.address} takes snapshots, http://${server.http}/metrics tells how it is`);
  console.log(`store   ${shown(dir)}/; look into it with: ${lookInside(shown(dir))}`);
  console.log("agent   of this machine starts; Ctrl-C stops both");
  if (server.inspector !== undefined) console.log(`look    ${server.inspector} shows every frame as it comes in`);
  console.log();
  const agent = signals.start(agentCommand({ server: server.address, once: false, dir }), {
    out: (line) => showTrouble("agent", line),
    err: (line) => showTrouble("agent", line),
  });
  try {
    await Promise.race([signals.asked, unexpectedEnd("agent", agent), unexpectedEnd("server", server.running)]);
    console.log("\nstopping: the agent sends what it has and the server stores it (Ctrl-C again forces)");
  } finally {
    await agent.stop(drainTimeoutMs);
    await server.running.stop(drainTimeoutMs);
    console.log(`stopped; ${stored} snapshot${stored === 1 ? "" : "s"} stored in ${shown(dir)}/`);
  }
}

/** Sends one snapshot, lets the agent print it, and makes sure that the server says it is stored. */
async function runOnce(dir, signals) {
  let heardStored;
  const stored = new Promise((resolve) => {
    heardStored = resolve;
  });
  // Standard output is the snapshot's; everything about how it came there goes beside it.
  const server = await startServer(dir, signals, console.error, heardStored);
  const agent = signals.start(agentCommand({ server: server.address, once: true, dir }), {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
  });
  const late = within(onceTimeoutMs, "the agent did not end");
  try {
    const ending = await Promise.race([agent.ended, stoppedEarly(signals), late]);
    if (ending !== 0) throw new Error(`the agent ended with ${ending}: the snapshot was not stored`);
    console.error(storedLine(await Promise.race([stored, within(lastLineTimeoutMs, "the server stored nothing")])));
  } finally {
    await agent.stop(drainTimeoutMs);
    await server.running.stop(drainTimeoutMs);
  }
  console.error(`stored in ${shown(dir)}/; look into it with: ${lookInside(shown(dir))}`);
}

async function main() {
  requireNode20();
  const { once, dir } = readArguments();
  await installMissing(root, console.error);
  if (!isBuilt()) {
    console.error("building dist/");
    build();
  }
  await (once ? runOnce : runOn)(dir, listenToSignals());
}

main().catch((error) => {
  console.error(`npm start: ${error.message}`);
  process.exitCode = 1;
});
