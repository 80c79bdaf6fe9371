import { mkdirSync } from "node:fs";
import { findProgram, openSocket, PeerProcess } from "./peer_process.ts";
import { type PeerDialect, PipelinedConnection } from "./pipelined_connection.ts";
import type { Subject } from "./subject.ts";

/**
 * Redis streams, one a connection, every command in the append-only file and synced before its answer. The server syncs
 * once for all commands that it read in a round of its loop, so pipelining and many connections make groups, as with ours.
 */
export async function startRedis(dir: string, payload: Uint8Array): Promise<Subject | undefined> {
  const program = findProgram("redis-server");
  if (program === undefined) return undefined;
  mkdirSync(dir, { recursive: true });
  const server = await PeerProcess.start(program, (port) => settings(port, dir));
  const admin = await openSocket(server.port);
  return {
    name: "redis",
    connect: async (index) =>
      new PipelinedConnection(await openSocket(server.port), dialect(`agent-${index}`, payload)),
    clear: () =>
      new Promise((resolve) => {
        admin.once("data", () => resolve());
        admin.write("FLUSHALL ASYNC\r\n");
      }),
    stop: async () => {
      admin.destroy();
      await server.stop("SIGKILL");
    },
  };
}

function settings(port: number, dir: string): string[] {
  return [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--daemonize", "no", "--loglevel", "warning"],
    ...["--appendonly", "yes", "--appendfsync", "always"],
    // Rewrites and dumps would only cost it time.
    ...["--auto-aof-rewrite-percentage", "0", "--save", ""],
  ];
}

function dialect(stream: string, payload: Uint8Array): PeerDialect {
  const head = `*5\r\n$4\r\nXADD\r\n$${stream.length}\r\n${stream}\r\n$1\r\n*\r\n$1\r\nd\r\n$${payload.length}\r\n`;
  const request = Buffer.concat([Buffer.from(head), payload, Buffer.from("\r\n")]);
  return { messagesPerRequest: 1, requests: (count) => repeated(request, count), answers: countEntryIds };
}

/** The same bytes several times, for one write. */
export function repeated(request: Uint8Array, count: number): Uint8Array {
  if (count === 1) return request;
  const bytes = new Uint8Array(request.length * count);
  for (let i = 0; i < count; i++) bytes.set(request, i * request.length);
  return bytes;
}

/** An answer is `$<length>\r\n<entry id>\r\n`. */
function countEntryIds(bytes: Uint8Array): { count: number; bytes: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  let count = 0;
  let at = 0;
  for (;;) {
    const lengthEnd = text.indexOf("\r\n", at);
    if (lengthEnd < 0) break;
    if (text[at] !== "$") throw new Error(`redis answered ${text.slice(at, lengthEnd)}`);
    const end = lengthEnd + 4 + Number(text.slice(at + 1, lengthEnd));
    if (end > text.length) break;
    at = end;
    count++;
  }
  return { count, bytes: at };
}
