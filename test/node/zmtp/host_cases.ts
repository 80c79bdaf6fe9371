import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint, SocketHost } from "../../../src/ports/mod.ts";
import { assert, assertEqual, assertSameBytes } from "../../conformance/assert.ts";
import type { ConformanceCase } from "../../conformance/case.ts";
import { connectPair, dialOnly, joined, listenOnly, numbered, OPTIONS } from "./host_pair.ts";

const TCP: Extract<Endpoint, { transport: "tcp" }> = { transport: "tcp", host: "127.0.0.1", port: 0 };
const WS: Extract<Endpoint, { transport: "ws" | "wss" }> = {
  transport: "ws",
  host: "127.0.0.1",
  port: 0,
  path: "/tide",
};

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tidewire-host-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes both ways, in order and untouched, whatever their sizes. */
async function carries(host: SocketHost, endpoint: Endpoint): Promise<void> {
  const { dialled, accepted, listener, stop } = await connectPair(host, endpoint);
  const isStream = endpoint.transport === "tcp" || endpoint.transport === "ipc";
  for (const [from, to] of [
    [dialled, accepted],
    [accepted, dialled],
  ] as const) {
    const sizes = [1, 16, 125, 126, 300, 4_095, 4_096, 65_535, 65_536, 1_000_000, 3, 3];
    const chunks = sizes.map((size, i) => numbered(size, i));
    from.link.write(chunks);
    const sum = sizes.reduce((all, size) => all + size, 0);
    await to.until(() => to.receivedBytes === sum);
    if (isStream) assertSameBytes(joined(to.chunks), joined(chunks), "the stream");
    else for (const [i, chunk] of to.chunks.entries()) assertSameBytes(chunk, chunks[i]!, `message ${i}`);
    if (!isStream) assertEqual(to.chunks.length, chunks.length, "messages");
  }
  assert(listener.endpoint.startsWith(`${endpoint.transport}://`), listener.endpoint);
  await stop();
  assertEqual([dialled.failure, accepted.failure, listener.failure], [undefined, undefined, undefined], "failures");
}

/** Messages of one read are told of together, all of them before the end. */
async function tellsTogether(host: SocketHost): Promise<void> {
  const { dialled, accepted, stop } = await connectPair(host, WS);
  const messages = Array.from({ length: 1_000 }, (_, i) => numbered(16, i));
  dialled.link.write(messages);
  dialled.link.close();
  await accepted.until(() => accepted.isClosed);
  assertSameBytes(joined(accepted.chunks), joined(messages), "what came before the end");
  assert(accepted.tellings < 100, `told ${accepted.tellings} times`);
  await stop();
}

/** A writer that is ahead is told so, and when to go on; a paused reader takes nothing more; all of it arrives. */
async function paces(host: SocketHost, endpoint: Endpoint): Promise<void> {
  const { dialled, accepted, stop } = await connectPair(host, endpoint);
  accepted.link.pause();
  let sent = 0;
  let goesOn = true;
  for (; goesOn; sent += 65_536) {
    goesOn = dialled.link.write([numbered(65_536, sent)]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert(sent < 200_000_000, "nobody holds the writer back");
  }
  assertEqual(dialled.writableCount, 0, "told to go on while the reader is paused");
  accepted.link.resume();
  await dialled.until(() => dialled.writableCount === 1);
  await accepted.until(() => accepted.receivedBytes === sent);
  await stop();
}

/** An orderly close brings what was written before it, even to a peer that is sending. */
async function closesInOrder(host: SocketHost, endpoint: Endpoint): Promise<void> {
  const { dialled, accepted, stop } = await connectPair(host, endpoint);
  const chunk = numbered(2_000_000, 7);
  dialled.link.write([numbered(100_000, 1)]);
  accepted.link.write([chunk]);
  accepted.link.close();
  await Promise.all([dialled.until(() => dialled.isClosed), accepted.until(() => accepted.isClosed)]);
  assertSameBytes(joined(dialled.chunks), chunk, "what was written before the close");
  assertEqual([dialled.failure, accepted.failure], [undefined, undefined], "failures");
  await stop();
}

async function tellsWhatFailed(host: SocketHost): Promise<void> {
  const nobody = await listenOnly(host, TCP);
  const port = Number(/:(\d+)$/.exec(nobody.endpoint)![1]);
  await nobody.stop();
  const refused = await dialOnly(host, { transport: "tcp", host: "127.0.0.1", port });
  assertEqual([refused.failure, refused.isOpen], ["connection refused", false], "a port without a listener");
  const long = await dialOnly(host, { transport: "ipc", path: `/tmp/${"x".repeat(120)}` });
  assertEqual(long.failure, "the path has 125 bytes, expected at most 107", "a path that is too long");
  const bound = await listenOnly(host, TCP);
  const again = await listenOnly(host, { ...TCP, port: Number(/:(\d+)$/.exec(bound.endpoint)![1]) });
  assertEqual(again.failure, "address in use", "an address that is taken");
  await bound.stop();
}

async function takesOverSocketFiles(host: SocketHost): Promise<void> {
  await inFolder(async (folder) => {
    const path = join(folder, "socket");
    // What a process that crashed leaves behind: a socket file that nobody listens on.
    const first = createServer().listen(path);
    await new Promise((resolve) => first.once("listening", resolve));
    const second = await listenOnly(host, { transport: "ipc", path });
    assertEqual(second.failure, undefined, "binding over a socket file");
    first.close();
    await second.stop();
    const file = join(folder, "file");
    writeFileSync(file, "kept");
    const third = await listenOnly(host, { transport: "ipc", path: file });
    assertEqual(third.failure, "address in use", "binding over a file that is no socket");
  });
}

async function choosesProtocols(host: SocketHost): Promise<void> {
  const options = { ...OPTIONS, webSocketProtocols: ["ZWS2.0/NULL", "ZWS2.0"] };
  const pair = await connectPair(host, WS, options, { ...options, webSocketProtocols: ["ZWS2.0", "ZWS2.0/NULL"] });
  assertEqual(pair.dialled.info?.webSocketProtocol, "ZWS2.0/NULL", "the listener's best");
  assertEqual(pair.accepted.info?.webSocketProtocol, "ZWS2.0/NULL", "the listener's best");
  const port = Number(/:(\d+)\//.exec(pair.listener.endpoint)![1]);
  const other = await dialOnly(host, { ...WS, port }, { ...options, webSocketProtocols: ["mqtt"] });
  assert(other.failure?.includes("400") === true, `another protocol: ${other.failure}`);
  const elsewhere = await dialOnly(host, { ...WS, port, path: "/other" }, options);
  assert(elsewhere.failure?.includes("404") === true, `another path: ${elsewhere.failure}`);
  await pair.stop();
}

async function refusesLongMessages(host: SocketHost): Promise<void> {
  const { dialled, accepted, stop } = await connectPair(host, WS, { ...OPTIONS, maxWebSocketMessageBytes: 1_000 });
  dialled.link.write([numbered(1_001, 0)]);
  await accepted.until(() => accepted.isClosed);
  assert(accepted.failure !== undefined && accepted.chunks.length === 0, "a message beyond the limit");
  await stop();
}

/** What every host with all transports does; each case opens sockets of its own on loopback. */
export function hostCases(host: SocketHost): ConformanceCase[] {
  const ipc = (run: (host: SocketHost, endpoint: Endpoint) => Promise<void>) => () =>
    inFolder((folder) => run(host, { transport: "ipc", path: join(folder, "socket") }));
  const on = (endpoint: Endpoint, run: (host: SocketHost, endpoint: Endpoint) => Promise<void>) => () =>
    run(host, endpoint);
  return [
    { name: "tcp carries bytes both ways", run: on(TCP, carries) },
    { name: "tcp by name, on every interface", run: on({ ...TCP, host: "*" }, carries) },
    { name: "tcp over IPv6", run: on({ ...TCP, host: "::1" }, carries) },
    { name: "ipc carries bytes both ways", run: ipc(carries) },
    { name: "ipc at a path of its own choice", run: on({ transport: "ipc", path: "*" }, carries) },
    { name: "ws carries messages both ways", run: on(WS, carries) },
    { name: "ws tells of many messages at once", run: () => tellsTogether(host) },
    { name: "tcp paces writer and reader", run: on(TCP, paces) },
    { name: "ipc paces writer and reader", run: ipc(paces) },
    { name: "ws paces writer and reader", run: on(WS, paces) },
    { name: "tcp closes in order", run: on(TCP, closesInOrder) },
    { name: "ws closes in order", run: on(WS, closesInOrder) },
    { name: "what failed is told in words", run: () => tellsWhatFailed(host) },
    { name: "a socket file that is left over is no hindrance", run: () => takesOverSocketFiles(host) },
    { name: "WebSocket protocols and paths", run: () => choosesProtocols(host) },
    { name: "a WebSocket message beyond the limit ends the connection", run: () => refusesLongMessages(host) },
  ];
}
