import { readdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { AgentProcess } from "./agent_process.ts";
import { temporaryFolder } from "./places.ts";
import { RawPeer } from "./raw_peer.ts";
import { ServerProcess } from "./server_process.ts";
import { snapshotOf } from "./snapshots.ts";
import { readStore } from "./stored_snapshots.ts";

it("a second server on the same folder is refused, and may have it once the first is killed", async () => {
  const dir = temporaryFolder();
  const first = await ServerProcess.start({ dir });
  const { code, err } = await new ServerProcess({ dir }).ended;
  expect(code).toBe(1);
  expect(err).toBe(
    `serve: server/store-in-use: another server stores into ${dir}; stop it, or give this one a folder of its own with --dir\n`,
  );
  await first.end("SIGKILL");
  await ServerProcess.start({ dir });
});

it.each(["port", "httpPort"] as const)("a %s that is taken is named, with what to do", async (which) => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void blocker.close());
  const { port } = blocker.address() as AddressInfo;
  const { code, err } = await new ServerProcess({ dir: temporaryFolder(), [which]: port }).ended;
  expect(code).toBe(1);
  const flag = which === "port" ? "--listen" : "--http";
  expect(err).toContain(`server/port-in-use: port ${port} is taken (${flag} 127.0.0.1:${port})`);
  expect(err).toContain(`choose another with ${flag} 127.0.0.1:PORT`);
});

it("what is wrong with its command line is said by name", async () => {
  const dir = temporaryFolder();
  const open = await new ServerProcess({ dir, flags: ["--listen", "0.0.0.0:0"] }).ended;
  expect(open.code).toBe(2);
  expect(open.err).toContain("--insecure-plaintext");
  const odd = await new ServerProcess({ dir, flags: ["--rotate-bytes", "lots"] }).ended;
  expect(odd.code).toBe(2);
  expect(odd.err).toContain("--rotate-bytes lots");
  const allowed = await ServerProcess.start({ dir, flags: ["--listen", "0.0.0.0:0", "--insecure-plaintext"] });
  expect((await allowed.end("SIGTERM")).code).toBe(0);
});

it.skipIf(
  !Object.values(networkInterfaces())
    .flat()
    .some((one) => one?.address === "::1"),
)("an IPv6 address is taken, and shown as one writes it", async () => {
  const flags = ["--listen", "[::1]:0", "--http", "[::1]:0"];
  const server = await ServerProcess.start({ dir: temporaryFolder(), flags });
  expect(server.all("listening")).toMatchObject([{ address: `[::1]:${server.port}` }]);
  const agent = new AgentProcess(`[::1]:${server.port}`, "--once");
  expect((await agent.ended).code).toBe(0);
  expect(await server.event("agentConnected")).toMatchObject({ remoteAddress: expect.stringMatching(/^\[::1\]:\d+$/) });
  expect((await server.http("/readyz")).status).toBe(200);
});

it("a folder that can't be one is named", async () => {
  const file = join(temporaryFolder(), "a_file");
  writeFileSync(file, "");
  const { code, err } = await new ServerProcess({ dir: file }).ended;
  expect(code).toBe(1);
  expect(err).toContain(`server/store-unusable: can't use ${file}`);
});

it("a torn end is cut back and said, and what was acknowledged before it is known again", async () => {
  const dir = temporaryFolder();
  const first = await ServerProcess.start({ dir });
  const peer = await RawPeer.welcome(first.port, "torn");
  const frames = [1, 2, 3].map((seed) => peer.snapshot(snapshotOf(seed, 20)));
  const parts = peer.parts(snapshotOf(4, 5_000));
  for (const frame of frames) {
    peer.write(frame);
    expect(await peer.ackOf(frame)).toBe("stored");
  }
  await first.end("SIGKILL");
  // As a crash in the middle of a write leaves it: whole parts of a snapshot that never came to its end.
  const file = join(dir, readdirSync(dir).find((name) => name.endsWith(".tide"))!);
  writeFileSync(file, Buffer.concat([parts[0]!, parts[1]!.subarray(0, 1_000)]), { flag: "a" });
  const second = await ServerProcess.start({ dir });
  expect(second.all("tornTail")).toMatchObject([{ level: "warn", cutBytes: parts[0]!.length + 1_000 }]);
  expect(second.all("recovered")).toMatchObject([{ snapshots: 3, agents: 1 }]);
  const again = await RawPeer.welcome(second.port, "torn");
  again.write(...frames, ...parts);
  for (const frame of frames) expect(await again.ackOf(frame)).toBe("stored");
  expect(await again.ackOf(parts.at(-1)!)).toBe("stored");
  expect(await second.metric('tidewire_snapshots_duplicate_total{state="stored"}')).toBe(3);
  await second.end("SIGTERM");
  expect(await readStore(dir)).toHaveLength(4);
});

it("a connection over the limit is turned away, and the ones within it go on", async () => {
  const server = await ServerProcess.start({ dir: temporaryFolder(), flags: ["--max-connections", "2"] });
  const [one] = [await RawPeer.welcome(server.port, "one"), await RawPeer.welcome(server.port, "two")];
  const third = await RawPeer.connect(server.port, "three");
  await third.closed();
  expect(await server.metric('tidewire_connections_refused_total{reason="connection-limit"}')).toBe(1);
  await one.heard();
});

it("SIGTERM says SHUTTING_DOWN to every agent and not ready meanwhile, and ends with 0", async () => {
  const server = await ServerProcess.start({ dir: temporaryFolder() });
  const peer = await RawPeer.welcome(server.port, "told");
  const ended = server.end("SIGTERM");
  await peer.closed();
  expect(peer.errors).toEqual(["SHUTTING_DOWN"]);
  expect((await ended).code).toBe(0);
  expect(server.all("stopped")).toMatchObject([{ drained: true }]);
});
