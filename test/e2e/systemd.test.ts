import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build } from "../../scripts/build.mjs";
import { denoEnvironment, findDeno } from "../../scripts/find_deno.mjs";
import { LogProcess } from "./log_process.ts";
import { root, temporaryFolder } from "./places.ts";

const UNITS = ["tidewire-server.service", "tidewire-agent.service"] as const;
/** Of 10; what is left is the network, and that V8 compiles to memory that it runs. */
const MAX_EXPOSURE = 2;

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const missing = (program: string): string => `${program} is not on this machine`;

/** The unit with programs that are there: whether they are is not the unit's matter. */
function unitOf(name: string): string {
  const text = readFileSync(join(root, "packaging/systemd", name), "utf8");
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text.replaceAll(/^ExecStart=\/\S+/gm, "ExecStart=/bin/true"));
  return path;
}

describe.each(UNITS)("%s", (name) => {
  it("is understood by systemd, every word of it", ({ skip }) => {
    if (!has("systemd-analyze")) skip(missing("systemd-analyze"));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unitOf(name)], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  it("leaves little that a break-in could use", ({ skip }) => {
    if (!has("systemd-analyze")) skip(missing("systemd-analyze"));
    const args = ["security", "--offline=yes", `--threshold=${MAX_EXPOSURE * 10}`, "--no-pager", unitOf(name)];
    const { status, stdout } = spawnSync("systemd-analyze", args, { encoding: "utf8" });
    expect(status, stdout).toBe(0);
  });

  it("names no option that its program does not know", () => {
    const text = readFileSync(join(root, "packaging/systemd", name), "utf8").replaceAll("\\\n", " ");
    const line = /^ExecStart=(.*)$/m.exec(text)![1]!;
    build();
    const own = line.slice(line.search(/serve\.ts|agent /)).match(/--[a-z-]+/g)!;
    const help = name.includes("agent")
      ? execFileSync(process.execPath, ["dist/node/cli.js", "help", "agent"], { cwd: root, encoding: "utf8" })
      : execFileSync(findDeno().path, ["run", "deno/serve.ts", "--help"], {
          cwd: root,
          encoding: "utf8",
          env: denoEnvironment(),
        });
    expect(own.length).toBeGreaterThan(1);
    for (const option of own) expect(help).toContain(option);
  });
});

it("agent and server say that they are ready, alive, reloading and stopping", async ({ skip }) => {
  if (!has("systemd-notify")) skip(missing("systemd-notify"));
  const dir = temporaryFolder();
  const store = join(dir, "store");
  const socket = join(dir, "notify");
  mkdirSync(store);
  const deno = findDeno().path;
  const sinkArgs = ["run", "--unstable-net", "--allow-all", "test/e2e/notice_sink.mjs", socket];
  const sink = new LogProcess(deno, sinkArgs, { cwd: root, env: denoEnvironment() });
  await sink.event("bound");
  const env = { ...denoEnvironment(), NOTIFY_SOCKET: socket, WATCHDOG_USEC: "500000" };
  const texts = (): string[] => sink.all("notice").map(({ text }) => String(text));

  const config = join(dir, "config.json");
  writeFileSync(config, "{}");
  const serverArgs = [
    ...["run", "--no-prompt", "--allow-net", `--allow-read=${dir}`, `--allow-write=${store}`],
    ...["--allow-env=NOTIFY_SOCKET,WATCHDOG_USEC", "--allow-run=systemd-notify"],
    ...["deno/serve.ts", "--dir", store, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log", "json"],
    ...["--config", config],
  ];
  const server = new LogProcess(deno, serverArgs, { cwd: root, env });
  await server.event("listening");
  await sink.until("READY", () => texts().some((text) => text.startsWith("READY=1\nSTATUS=listens on 127.0.0.1:")));
  await sink.until("WATCHDOG", () => texts().filter((text) => text === "WATCHDOG=1").length >= 2);
  server.kill("SIGHUP");
  await sink.until("reloaded", () => texts().includes("READY=1\nSTATUS=reloaded"));
  const reloading = texts().findIndex((text) => text.startsWith("RELOADING=1"));
  expect(reloading).toBeGreaterThanOrEqual(0);
  expect(reloading).toBeLessThan(texts().indexOf("READY=1\nSTATUS=reloaded"));
  expect((await server.end("SIGTERM")).code).toBe(0);
  await sink.until("STOPPING", () => texts().includes("STOPPING=1"));

  build();
  const before = texts().length;
  const agentArgs = ["dist/node/cli.js", "agent", "--server", "127.0.0.1:9", "--state-dir", dir, "--log", "json"];
  const agent = new LogProcess(process.execPath, agentArgs, { cwd: root, env });
  const later = (): string[] => texts().slice(before);
  // No server is there: the agent samples and keeps, and that is its work.
  await sink.until("the agent's READY", () =>
    later().some((text) => text.startsWith("READY=1\nSTATUS=sends to 127.0.0.1:9 as ")),
  );
  await sink.until("the agent's WATCHDOG", () => later().includes("WATCHDOG=1"));
  await agent.end("SIGTERM");
  await sink.until("the agent's STOPPING", () => later().includes("STOPPING=1"));
}, 60_000);
