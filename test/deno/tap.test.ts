import assert from "node:assert/strict";
import { zstdCompressor } from "../../deno/zstd.ts";
import { CORE_SHA256, FrameScanner } from "../../src/core/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { SNAPSHOT_FRAMING } from "../../src/protocols/snapshot/wire.ts";
import { ServerUnderTest } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

/** A watcher of a server's live tap, as a page is one. */
class Watcher {
  readonly texts: Record<string, unknown>[] = [];
  readonly types: string[] = [];
  bytes: Uint8Array = new Uint8Array();
  readonly #socket: WebSocket;
  readonly #scanner = new FrameScanner(SNAPSHOT_FRAMING);
  readonly #reader = SNAPSHOT_PROTOCOL.createReader({ compressor: zstdCompressor() });
  readonly closed = Promise.withResolvers<void>();
  #heard = Promise.withResolvers<void>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.closed.resolve();
  }

  static async open(url: string, protocols: string[]): Promise<Watcher> {
    const socket = new WebSocket(url, protocols);
    const watcher = new Watcher(socket);
    await watcher.until(() => watcher.texts.some(({ type }) => type === "hello"));
    return watcher;
  }

  send(value: unknown): void {
    this.#socket.send(JSON.stringify(value));
  }

  async until(isThere: () => boolean): Promise<void> {
    while (!isThere()) await Promise.race([this.#heard.promise, this.#lost()]);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed.promise;
  }

  async #lost(): Promise<never> {
    await this.closed.promise;
    throw new Error(`the tap was closed after ${JSON.stringify(this.texts)}`);
  }

  #take(data: string | ArrayBuffer): void {
    if (typeof data === "string") {
      this.texts.push(JSON.parse(data));
    } else {
      this.bytes = new Uint8Array([...this.bytes, ...new Uint8Array(data)]);
      this.#scanner.push(new Uint8Array(data));
      for (let frame = this.#scanner.next(); frame !== undefined; frame = this.#scanner.next()) {
        assert.equal(frame.status, "ok");
        this.types.push(String(this.#reader.read(frame.bytes)["type"]));
      }
    }
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

/** What makes a request one for a WebSocket. */
const UPGRADE = {
  upgrade: "websocket",
  connection: "upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

function tapUrl(server: ServerUnderTest): string {
  return `ws://${server.first("listening")!["http"]}/tap`;
}

Deno.test("the live tap shows what comes in and goes out, as chosen", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir);
  try {
    const all = await Watcher.open(tapUrl(server), ["tidewire.tap.1"]);
    const some = await Watcher.open(tapUrl(server), []);
    assert.deepEqual(all.texts[0], {
      type: "hello",
      protocol: "snapshot",
      coreSha256: CORE_SHA256,
      commandLines: "redacted",
    });
    some.send({ agents: ["b"], types: ["snapshot"], framesPerSecond: 1_000 });
    some.send({ agents: "b" });
    await some.until(() => some.texts.some(({ type }) => type === "refused"));
    const [a, b] = [await TcpAgent.connect(server.port, "a"), await TcpAgent.connect(server.port, "b")];
    for (const agent of [a, b]) {
      await agent.send(1, 150_000);
      await agent.storedCount(1);
    }
    // Handshakes, parts and acknowledgements of both; for the other the parts of b alone.
    await all.until(() => all.types.filter((type) => type === "handshakeAck").length === 2);
    const parts = () => all.types.filter((type) => type === "snapshot").length;
    const acks = () => all.types.filter((type) => type === "ack").length;
    await all.until(() => parts() >= 4 && acks() >= 4);
    await some.until(() => some.types.length === parts() / 2);
    assert.deepEqual([...new Set(some.types)], ["snapshot"]);
    assert.deepEqual([...new Set(all.types)].sort(), ["ack", "handshake", "handshakeAck", "snapshot"]);
    const counts = all.texts.filter(({ type }) => type === "counts").at(-1)!;
    assert.equal(counts["droppedFrames"], 0);
    await Promise.all([all.close(), some.close(), a.close(), b.close()]);
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the live tap is not for pages from elsewhere, nor for other machines without a token", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir);
  try {
    const { text, status } = await server.http("/tap");
    assert.deepEqual([status, text], [426, "this is a WebSocket; the page at / watches it\n"]);
    for (const headers of [{ origin: "http://elsewhere.example" }, { origin: "null" }, { host: "elsewhere.example" }]) {
      assert.equal(await rawStatus(server, { ...UPGRADE, ...headers }), 403, JSON.stringify(headers));
    }
    const host = String(server.first("listening")!["http"]);
    assert.equal(await rawStatus(server, { ...UPGRADE, host, origin: `http://${host}` }), 101);
    assert.equal((await server.http("/")).status, 404);
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("with a token the live tap is for whoever brings it, wherever its page is from", async () => {
  const dir = await Deno.makeTempDir();
  const token = "0123456789abcdef0123";
  await Deno.writeTextFile(`${dir}/token`, token);
  const server = await ServerUnderTest.start(dir, ["--http-token-file", `${dir}/token`]);
  try {
    assert.equal((await server.http("/tap")).status, 401);
    assert.equal(
      (await server.http("/tap", { headers: { authorization: "Bearer wrong-but-long-enough" } })).status,
      401,
    );
    const watcher = await Watcher.open(tapUrl(server), ["tidewire.tap.1", `bearer.${token}`]);
    await watcher.close();
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("so many watch at once, and the next one may when one has gone", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir);
  try {
    const watchers = await Promise.all(Array.from({ length: 8 }, () => Watcher.open(tapUrl(server), [])));
    await assert.rejects(Watcher.open(tapUrl(server), []));
    await watchers.pop()!.close();
    for (;;) {
      const next = await Watcher.open(tapUrl(server), []).catch(() => undefined);
      if (next !== undefined) break;
    }
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a watcher that reads nothing holds nobody up; what it misses is dropped and counted", async () => {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(dir);
  const [hostname, port] = String(server.first("listening")!["http"]).split(":");
  const deaf = await Deno.connect({ hostname: hostname!, port: Number(port) });
  try {
    const lines = Object.entries({ host: `${hostname}:${port}`, ...UPGRADE }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    await deaf.write(new TextEncoder().encode(`GET /tap HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`));
    const agent = await TcpAgent.connect(server.port, "a");
    const dropped = () => server.metric('tidewire_tap_frames_total{outcome="dropped"}');
    let sent = 0;
    // More than what the sockets hold on their way and the feed's bound: 40 MB are more than any system holds.
    while ((await dropped()) === 0) {
      assert.ok(sent < 1_000, "nothing was dropped");
      for (let n = 0; n < 50; n++) await agent.send(++sent, 80_000);
      await agent.storedCount(sent);
    }
    assert.equal(await server.metric("tidewire_tap_watchers"), 1);
    await agent.close();
    deaf.close();
    assert.equal(await server.stop(), 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

/** The status of a request whose headers no client of the platform would let one choose. */
async function rawStatus(server: ServerUnderTest, headers: Record<string, string>): Promise<number> {
  const [hostname, port] = String(server.first("listening")!["http"]).split(":");
  const connection = await Deno.connect({ hostname: hostname!, port: Number(port) });
  try {
    const lines = Object.entries({ host: `${hostname}:${port}`, ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    await connection.write(new TextEncoder().encode(`GET /tap HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`));
    const buffer = new Uint8Array(1_024);
    const bytes = (await connection.read(buffer)) ?? 0;
    return Number(new TextDecoder().decode(buffer.subarray(0, bytes)).split(" ")[1]);
  } finally {
    connection.close();
  }
}
