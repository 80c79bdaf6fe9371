import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LogProcess } from "./log_process.ts";
import { root, temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { readStore } from "./stored_snapshots.ts";

/** Processes whose command line has a word. */
function processesWith(word: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word);
    } catch {
      return false;
    }
  });
}

it.skipIf(process.platform !== "linux")(
  "a server that dies under npm start is told as text, and nothing is left running",
  async () => {
    const home = temporaryFolder();
    const dir = join(home, "data");
    const env = { ...process.env, HOME: home, XDG_STATE_HOME: home };
    const started = new LogProcess(process.execPath, ["scripts/start.mjs", "--dir", dir], { cwd: root, env });
    await started.until("a stored snapshot", () => /ms from sampling to stored/.test(started.said));
    for (const pid of processesWith(`--allow-write=${dir}`)) process.kill(pid, "SIGKILL");
    const { code, out, err } = await started.ended;
    expect(code).toBe(1);
    expect(err).toContain("npm start: the server ended with SIGKILL");
    expect(out + err).not.toContain('{"');
    expect(out).toMatch(/^stopped; \d+ snapshots? stored in /m);
    // Nothing holds the folder, and what was said to be stored is there.
    const server = await ServerProcess.start({ dir });
    await server.end("SIGTERM");
    expect((await readStore(dir)).length).toBeGreaterThanOrEqual(Number(/^stopped; (\d+)/m.exec(out)![1]));
  },
  40_000,
);

it("a folder that the server could not be given is refused by name, and one with spaces is shown to be copied", () => {
  const home = temporaryFolder();
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: home };
  const start = (dir: string) =>
    spawnSync(process.execPath, ["scripts/start.mjs", "--once", "--dir", dir], { cwd: root, env, encoding: "utf8" });
  const comma = start(join(home, "a,b"));
  expect(comma.status).toBe(2);
  expect(comma.stderr).toContain("--dir: a folder with a comma");
  const spaces = start(join(home, "it's here"));
  expect(spaces.status, spaces.stderr).toBe(0);
  const command = /look into it with: npm run -s tidewire -- (.*)$/m.exec(spaces.stderr)![1];
  const dumped = spawnSync("sh", ["-c", `'${process.execPath}' dist/node/cli.js ${command}`], {
    cwd: root,
    encoding: "utf8",
  });
  expect(dumped.status, dumped.stderr).toBe(0);
  expect(dumped.stdout).toContain("1 whole snapshot");
});

it.skipIf(process.platform !== "linux" || spawnSync("script", ["--version"]).status !== 0)(
  "Ctrl-C in a terminal stops both, drained",
  async () => {
    const home = temporaryFolder();
    const dir = join(home, "data");
    // exec: some shells answer for an interrupted child with a code of their own.
    const command = `exec '${process.execPath}' scripts/start.mjs --dir '${dir}'`;
    const env = { ...process.env, HOME: home, XDG_STATE_HOME: home };
    const terminal = spawn("script", ["-qec", command, "/dev/null"], {
      cwd: root,
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    const ended = new Promise((resolve) => terminal.on("close", resolve));
    await new Promise<void>((resolve, reject) => {
      void ended.then(() => reject(new Error(`ended: ${shown}`)));
      terminal.stdout.on("data", (chunk: Buffer) => {
        shown += chunk.toString();
        if (/ms from sampling to stored/.test(shown)) resolve();
      });
    });
    terminal.stdin.write("\x03");
    expect(await ended, shown).toBe(0);
    const said = /stopped; (\d+) snapshots? stored in/.exec(shown)?.[1];
    expect(await readStore(dir)).toHaveLength(Number(said));
    expect(processesWith(`--allow-write=${dir}`)).toEqual([]);
  },
  40_000,
);
