import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tcpDialer } from "../../src/node/tcp_dialer.ts";

let server: Server;
let address: string;
let sockets: Socket[];
let accepted: Promise<Socket>;

beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  accepted = new Promise((resolve) => server.once("connection", resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as { port: number }).port}`;
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

test("bytes go both ways, in order, and the end is the end", async () => {
  const stream = await tcpDialer.dial(address);
  const peer = await accepted;
  peer.write("hello");
  expect(new TextDecoder().decode(await stream.read())).toBe("hello");
  const received: Buffer[] = [];
  peer.on("data", (chunk) => received.push(chunk));
  await stream.write([Uint8Array.of(1, 2), Uint8Array.of(3)]);
  await stream.write([Uint8Array.of(4)]);
  peer.end("bye");
  expect(new TextDecoder().decode(await stream.read())).toBe("bye");
  expect(await stream.read()).toBeUndefined();
  expect(await stream.read()).toBeUndefined();
  stream.close();
  stream.close();
  while (Buffer.concat(received).length < 4) await sleep(5);
  expect(Buffer.concat(received)).toEqual(Buffer.of(1, 2, 3, 4));
  await expect(stream.write([Uint8Array.of(5)])).rejects.toThrow("closed");
});

test("takes a megabyte through a small buffer, chunk by chunk, each whole until the next", async () => {
  const stream = await tcpDialer.dial(address);
  const peer = await accepted;
  const sent = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) % 251);
  peer.end(sent);
  const parts: Uint8Array[] = [];
  for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
    // The chunk must not change while its reader is busy.
    if (parts.length % 50 === 0) await sleep(1);
    parts.push(chunk.slice());
  }
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
  stream.close();
});

test("does not read ahead of its reader", async () => {
  const stream = await tcpDialer.dial(address);
  const peer = await accepted;
  const done = new Promise((resolve) => peer.write(new Uint8Array(64 * 1_048_576), resolve));
  expect((await stream.read())!.length).toBeLessThanOrEqual(4_096);
  const first = await Promise.race([done.then(() => "taken"), sleep(300).then(() => "waiting")]);
  expect(first).toBe("waiting");
  stream.close();
});

test("a pending read ends when the stream is closed", async () => {
  const stream = await tcpDialer.dial(address);
  const reading = stream.read();
  stream.close();
  expect(await reading).toBeUndefined();
});

test("what was written before the close still arrives", async () => {
  const stream = await tcpDialer.dial(address);
  const peer = await accepted;
  const chunks: Buffer[] = [];
  const ended = new Promise((resolve) => peer.on("data", (chunk) => chunks.push(chunk)).on("end", resolve));
  void stream.write([new Uint8Array(2_000_000)]);
  stream.close();
  await ended;
  expect(Buffer.concat(chunks)).toHaveLength(2_000_000);
});

test("a broken connection ends reads and refuses writes", async () => {
  const stream = await tcpDialer.dial(address);
  (await accepted).resetAndDestroy();
  expect(await stream.read()).toBeUndefined();
  await expect(stream.write([Uint8Array.of(1)])).rejects.toThrow();
});

test("nobody there, and nothing that could be there", async () => {
  server.close();
  await expect(tcpDialer.dial(address)).rejects.toThrow("ECONNREFUSED");
  await expect(tcpDialer.dial("no port")).rejects.toThrow("host:port");
});
