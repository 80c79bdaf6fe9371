import { spawn } from "node:child_process";
import { expect, it, onTestFinished } from "vitest";
import { FrameScanner } from "../../src/core/mod.ts";
import {
  decodeEnvelope,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  idHex,
  SNAPSHOT_FRAMING,
} from "../../src/protocols/snapshot/mod.ts";
import { between, randomBytes, seeded } from "../core/seeded.ts";
import { AgentProcess } from "./agent_process.ts";
import { CuttingProxy } from "./cutting_proxy.ts";
import { temporaryFolder } from "./places.ts";
import { ServerProcess } from "./server_process.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

const random = seeded(7);

/** Processes with command lines as long as an agent takes them, which zstd can do little with. */
function startDummies(count: number): void {
  const dummies = Array.from({ length: count }, () => {
    const argv0 = Buffer.from(randomBytes(random, 2_800)).toString("base64");
    return spawn("sleep", ["300"], { argv0, stdio: "ignore" });
  });
  onTestFinished(() => {
    for (const one of dummies) one.kill("SIGKILL");
  });
}

/** Snapshot frames that a proxy saw on the wire, by message id. */
function framesOnTheWire(proxy: CuttingProxy): Map<string, Uint8Array> {
  const frames = new Map<string, Uint8Array>();
  for (const chunks of proxy.received) {
    const scanner = new FrameScanner(SNAPSHOT_FRAMING);
    scanner.push(Buffer.concat(chunks));
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
      expect(frame.status).toBe("ok");
      const { envelope } = decodeEnvelope(frame.bytes);
      if (envelope.type === "snapshot") frames.set(idHex(envelope.messageId), frame.bytes.slice());
    }
  }
  return frames;
}

it("real agents lose nothing and repeat nothing while connections are cut and the server is ended and killed", async () => {
  startDummies(60);
  const dir = temporaryFolder();
  let server = await ServerProcess.start({ dir });
  const proxy = await CuttingProxy.open(server.port);
  proxy.cutAfter(() => between(random, 300_000, 3_000_000));
  const big = ["--interval", "100ms", "--all", "--cmdline", "--spool", "off"];
  const agents = [
    new AgentProcess(proxy.address, "--agent-id", "plain", ...big),
    new AgentProcess(proxy.address, "--agent-id", "packed", "--compress", ...big),
    new AgentProcess(proxy.address, "--agent-id", "small", "--interval", "100ms", "--top", "20", "--spool", "off"),
  ];
  for (const [round, signal] of (["SIGKILL", "SIGTERM"] as const).entries()) {
    const enough = 20 * (round + 1);
    await Promise.all(
      agents.map((agent) => agent.until(`${enough} stored`, () => agent.all("stored").length > enough)),
    );
    proxy.leadTo(undefined);
    await server.end(signal);
    server = await ServerProcess.start({ dir });
    proxy.leadTo(server.port);
  }
  await Promise.all(agents.map((agent) => agent.until("75 stored", () => agent.all("stored").length > 75)));
  proxy.cutAfter(undefined);
  proxy.cutAll();
  const endings = await Promise.all(agents.map((agent) => agent.end("SIGTERM")));
  expect(endings.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect((await server.end("SIGTERM")).code).toBe(0);

  for (const agent of agents) {
    const [finished] = agent.all("finished");
    const { sampled } = finished as unknown as { sampled: number };
    expect(finished).toMatchObject({ how: "drained", queued: 0, stored: sampled, refused: 0, dropped: 0 });
  }
  expect(proxy.cuts).toBeGreaterThan(0);
  const stored = await readStore(dir);
  expect(stored.length).toBeGreaterThan(200);
  expect(repeatedIds(stored)).toEqual([]);
  const sampledIds = agents.flatMap((agent) => agent.sampledIds);
  expect(stored.map(({ snapshotId }) => snapshotId).sort()).toEqual(sampledIds.sort());
  const sent = framesOnTheWire(proxy);
  for (const frame of stored.flatMap(({ frames }) => frames)) {
    const { envelope } = decodeEnvelope(frame);
    expect(Buffer.compare(frame, sent.get(idHex(envelope.messageId))!)).toBe(0);
  }
  const flagsOf = (agentId: string): number[] =>
    stored.filter((one) => one.agentId === agentId).map((one) => one.flags);
  expect(new Set(flagsOf("plain"))).toEqual(new Set([FLAG_SEGMENTED]));
  expect(new Set(flagsOf("packed"))).toEqual(new Set([FLAG_SEGMENTED | FLAG_COMPRESSED]));
  expect(new Set(flagsOf("small"))).toEqual(new Set([0]));
}, 60_000);

it("--once prints what the store holds, field by field", async () => {
  const dir = temporaryFolder();
  const server = await ServerProcess.start({ dir });
  const agent = new AgentProcess(server.address, "--once", "--json", "--cmdline", "--compress");
  const { code, out, err } = await agent.ended;
  expect(code, err).toBe(0);
  const [stored] = await readStore(dir);
  expect(JSON.parse(out)).toEqual(
    JSON.parse(JSON.stringify(stored!.payload, (_, value) => (typeof value === "bigint" ? Number(value) : value))),
  );
  expect(stored!.frames).toHaveLength(1);
});
