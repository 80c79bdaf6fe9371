import { mkdirSync } from "node:fs";
import type { Socket } from "node:net";
import { findProgram, openSocket, PeerProcess } from "./peer_process.ts";
import { type PeerDialect, PipelinedConnection } from "./pipelined_connection.ts";
import { repeated } from "./redis_subject.ts";
import type { Subject } from "./subject.ts";

/**
 * NATS JetStream with one file-backed stream. It promises less than the others: its acknowledgement comes when the message
 * is written to the file, which is synced every two minutes unless `sync_interval: always` is set, and releases before 2.10
 * don't know that.
 */
export async function startJetstream(dir: string, payload: Uint8Array): Promise<Subject | undefined> {
  const program = findProgram("nats-server");
  if (program === undefined) return undefined;
  mkdirSync(dir, { recursive: true });
  const server = await PeerProcess.start(program, (port) => ["-js", "-sd", dir, "-a", "127.0.0.1", "-p", String(port)]);
  const admin = await openSocket(server.port);
  admin.on("data", () => {});
  admin.write('CONNECT {"verbose":false}\r\nSUB _INBOX.admin 1\r\n');
  const config = { name: "bench", subjects: ["bench.>"], storage: "file", retention: "limits" };
  await ask(admin, "$JS.API.STREAM.CREATE.bench", JSON.stringify(config));
  return {
    name: "jetstream",
    connect: async (index) => {
      const socket = await openSocket(server.port);
      const inbox = `_INBOX.${index}`;
      socket.write(`CONNECT {"verbose":false}\r\nSUB ${inbox} 1\r\n`);
      return new PipelinedConnection(socket, dialect(`bench.${index}`, inbox, payload));
    },
    clear: async () => {
      await ask(admin, "$JS.API.STREAM.PURGE.bench", "");
    },
    stop: async () => {
      admin.destroy();
      await server.stop("SIGKILL");
    },
  };
}

function ask(socket: Socket, subject: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      const text = chunk.toString();
      if (!text.includes("MSG ")) return;
      socket.off("data", take);
      if (text.includes('"error"')) reject(new Error(`jetstream answered ${text}`));
      else resolve();
    };
    socket.on("data", take);
    socket.write(`PUB ${subject} _INBOX.admin ${body.length}\r\n${body}\r\n`);
  });
}

function dialect(subject: string, inbox: string, payload: Uint8Array): PeerDialect {
  const head = Buffer.from(`PUB ${subject} ${inbox} ${payload.length}\r\n`);
  const request = Buffer.concat([head, payload, Buffer.from("\r\n")]);
  return { messagesPerRequest: 1, requests: (count) => repeated(request, count), answers: countAcks };
}

/** An answer is `MSG <inbox> <sid> [reply] <length>\r\n<JSON>\r\n`; INFO and PING stand between them. */
function countAcks(bytes: Uint8Array): { count: number; bytes: number } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  let count = 0;
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) break;
    const line = text.slice(at, lineEnd);
    if (line.startsWith("-ERR")) throw new Error(`jetstream answered ${line}`);
    if (!line.startsWith("MSG ")) {
      at = lineEnd + 2;
      continue;
    }
    const end = lineEnd + 4 + Number(line.slice(line.lastIndexOf(" ") + 1));
    if (end > text.length) break;
    if (text.slice(lineEnd, end).includes('"error"')) throw new Error(`jetstream answered ${text.slice(lineEnd, end)}`);
    at = end;
    count++;
  }
  return { count, bytes: at };
}
