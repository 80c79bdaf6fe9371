import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ProcessRow } from "../../src/protocols/snapshot/mod.ts";
import { AgentProcess } from "./agent_process.ts";
import { temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { readStore } from "./stored_snapshots.ts";

it("SIGHUP: agent and server take over what can change, say what can't, and keep on when the file is broken", async () => {
  const dir = temporaryFolder();
  const serverFile = join(dir, "server.json");
  const agentFile = join(dir, "agent.json");
  writeFileSync(serverFile, JSON.stringify({ retainAge: "7d", maxUnstored: 16 }));
  writeFileSync(agentFile, JSON.stringify({ interval: "100ms", top: 3 }));
  const server = await ServerProcess.start({ dir, flags: ["--config", serverFile] });
  const agent = new AgentProcess(server.address, "--config", agentFile);
  await agent.event("stored", ({ processes }) => processes === 3);

  writeFileSync(serverFile, JSON.stringify({ retainAge: "8d", maxBatchDelay: "1ms", maxUnstored: 64 }));
  writeFileSync(agentFile, JSON.stringify({ interval: "150ms", top: 2, cmdline: true, redact: ["."], compress: true }));
  server.kill("SIGHUP");
  agent.kill("SIGHUP");
  expect(await server.event("reloaded")).toMatchObject({
    changed: "max-batch-delay retain-age",
    needsRestart: "max-unstored",
  });
  expect(await agent.event("reloaded")).toMatchObject({
    changed: "interval top cmdline redact",
    needsRestart: "compress",
  });
  await agent.event("stored", ({ processes }) => processes === 2);

  writeFileSync(serverFile, '{"retainAge":');
  writeFileSync(agentFile, JSON.stringify({ interval: "soon" }));
  server.kill("SIGHUP");
  agent.kill("SIGHUP");
  expect(await server.event("reloadFailed")).toMatchObject({
    level: "error",
    reason: expect.stringContaining(serverFile),
  });
  expect(await agent.event("reloadFailed")).toMatchObject({
    level: "error",
    reason: expect.stringContaining("interval"),
  });
  const before = agent.all("stored").length;
  await agent.until("more stored", () => agent.all("stored").length > before + 2);

  expect((await agent.end("SIGTERM")).code).toBe(0);
  expect((await server.end("SIGTERM")).code).toBe(0);
  const processes = (await readStore(dir)).at(-1)!.payload["processes"] as unknown as readonly ProcessRow[];
  // Whatever a command line says, every character of it is masked.
  for (const { cmdline } of processes) expect(cmdline ?? "").toMatch(/^(\*\*\*)*$/);
});

it("without a file, SIGHUP ends an agent as the end of its terminal does", async () => {
  const agent = new AgentProcess("127.0.0.1:9", "--interval", "1s", "--drain-timeout", "0s");
  await agent.event("started");
  agent.kill("SIGHUP");
  await agent.event("finished");
});
