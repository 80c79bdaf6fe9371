import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { root } from "../architecture/source_files.ts";

const place = mkdtempSync(join(tmpdir(), "tidewire-start-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** Resolves when the standard output matches. */
  says(pattern: RegExp): Promise<void>;
}

/** Runs what `npm start` runs, at home in a folder of its own. */
function start(...args: string[]): Started {
  const env = { ...process.env, HOME: place, XDG_STATE_HOME: join(place, "state") };
  const child = spawn(process.execPath, ["scripts/start.mjs", ...args], { cwd: root, env, stdio: "pipe" });
  let out = "";
  let err = "";
  const waiting = new Map<RegExp, () => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    for (const [pattern, resolve] of waiting) if (pattern.test(out)) resolve();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, out, err }));
  });
  const says = (pattern: RegExp): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => waiting.set(pattern, resolve)),
      ended.then((end) => Promise.reject(new Error(`ended with ${end.code} before ${pattern}:\n${end.out}${end.err}`))),
    ]);
  return { child, ended, says };
}

function storedFrames(dir: string): { type: string }[] {
  const files = readdirSync(dir)
    .filter((name) => name.endsWith(".tide"))
    .map((name) => join(dir, name));
  const dumped = execFileSync(process.execPath, ["dist/node/cli.js", "dump", "--json", ...files], {
    cwd: root,
    encoding: "utf8",
  });
  return dumped
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

it("npm start -- --once stores one snapshot, prints it, and ends well", async () => {
  const dir = join(place, "once");
  const { code, out, err } = await start("--once", "--dir", dir).ended;
  expect(code, err).toBe(0);
  expect(out).not.toBe("");
  expect(err).toMatch(/\d+ processes {2}[\d,]+ bytes on the wire {2}[\d.]+ ms from sampling to stored/);
  expect(storedFrames(dir).map((frame) => frame.type)).toEqual(["snapshot"]);
}, 60_000);

it("npm start -- --once ends badly when nothing can be stored", async () => {
  const file = join(place, "a_file");
  writeFileSync(file, "");
  const { code, err } = await start("--once", "--dir", join(file, "store")).ended;
  expect(code).toBe(1);
  expect(err).toContain("npm start: ");
}, 60_000);

it("npm start names a port that is taken, shows each stored snapshot, and stops drained", async () => {
  const blocker = createServer();
  // It may be taken by someone else: then that is what is named.
  await new Promise<void>((resolve) => {
    blocker.on("error", () => resolve());
    blocker.listen(7400, "127.0.0.1", () => resolve());
  });
  const dir = join(place, "on");
  const started = start("--dir", dir);
  await started.says(/ms from sampling to stored/);
  started.child.kill("SIGINT");
  const { code, out, err } = await started.ended;
  blocker.close();
  expect(code, err).toBe(0);
  expect(out).toMatch(/^port 7400 is taken, using 74\d\d$/m);
  const stored = Number(/^stopped; (\d+) snapshots? stored in /m.exec(out)?.[1]);
  expect(storedFrames(dir)).toHaveLength(stored);
}, 60_000);
