import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { findProgram, openSocket, PeerProcess } from "./peer_process.ts";
import { type PeerDialect, PipelinedConnection } from "./pipelined_connection.ts";
import { repeated } from "./redis_subject.ts";
import type { Subject } from "./subject.ts";

const UTF8 = new TextEncoder();
/** PostgreSQL refuses to run as root: its package has a user for it. */
const SERVER_USER = "postgres";
const BYTEA_OID = 17;

/**
 * PostgreSQL, each acknowledgement a commit that is synced, many rows in one insert. What is not about durability is set
 * in its favour: no index, rows stored in their page as they are, no checkpoint while it is measured, a large cache.
 *
 * @param rowsPerInsert all that a connection has in flight
 */
export async function startPostgres(
  dir: string,
  payload: Uint8Array,
  connections: number,
  rowsPerInsert: number,
): Promise<Subject | undefined> {
  const programs = binFolder();
  if (programs === undefined) return undefined;
  mkdirSync(dir, { recursive: true });
  if (process.getuid?.() === 0) spawnSync("chown", [SERVER_USER, dir]);
  asServerUser([`${programs}/initdb`, "-D", `${dir}/data`, "-A", "trust", "-U", "bench", "--no-sync"]);
  const [command, ...prefix] = commandAsServerUser([`${programs}/postgres`]);
  const server = await PeerProcess.start(command!, (port) => [...prefix, ...settings(port, dir, connections)]);
  const admin = await firstSession(server.port);
  await simpleQuery(admin, "CREATE TABLE snapshots (agent int NOT NULL, body bytea NOT NULL)");
  await simpleQuery(admin, "ALTER TABLE snapshots ALTER COLUMN body SET STORAGE PLAIN");
  return {
    name: "postgres",
    connect: async (index) => {
      const session = await openSession(server.port);
      await prepare(session, rowsPerInsert, index);
      return new PipelinedConnection(session, dialect(payload, rowsPerInsert));
    },
    clear: () => simpleQuery(admin, "TRUNCATE snapshots"),
    stop: async () => {
      admin.destroy();
      // Fast shutdown: it takes its own shared memory with it.
      await server.stop("SIGINT");
    },
  };
}

function binFolder(): string | undefined {
  const root = "/usr/lib/postgresql";
  let versions: string[] = [];
  try {
    versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  } catch {
    // Not Debian's layout.
  }
  const found = findProgram(...versions.map((version) => `${root}/${version}/bin/postgres`), "postgres");
  return found?.slice(0, found.lastIndexOf("/"));
}

function settings(port: number, dir: string, connections: number): string[] {
  const values: Readonly<Record<string, string | number>> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: connections + 10,
    fsync: "on",
    synchronous_commit: "on",
    wal_sync_method: "fdatasync",
    shared_buffers: "1GB",
    wal_buffers: "64MB",
    max_wal_size: "64GB",
    checkpoint_timeout: "1h",
    autovacuum: "off",
    logging_collector: "off",
  };
  const pairs = Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", `${dir}/data`, "-p", String(port), ...pairs];
}

function commandAsServerUser(command: readonly string[]): string[] {
  return process.getuid?.() === 0
    ? ["setpriv", `--reuid=${SERVER_USER}`, `--regid=${SERVER_USER}`, "--clear-groups", ...command]
    : [...command];
}

function asServerUser(command: readonly string[]): void {
  const [program, ...args] = commandAsServerUser(command);
  const { status, stderr } = spawnSync(program!, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command[0]} failed: ${stderr}`);
}

/** `type` and the length that counts itself (PostgreSQL's protocol 3.0, "Message Formats"). */
function message(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(type.length + 4);
  head.write(type, "latin1");
  head.writeUInt32BE(body.length + 4, type.length);
  return Buffer.concat([head, body]);
}

const text = (value: string): Uint8Array => UTF8.encode(`${value}\0`);
const int16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);
const int32 = (value: number): Uint8Array => Uint8Array.of(value >> 24, value >> 16, value >> 8, value);
const SYNC: Uint8Array = message("S");

/** It accepts connections before it takes sessions. */
async function firstSession(port: number): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    try {
      return await openSession(port);
    } catch (error) {
      if (tries === 100 || !String(error).includes("starting up")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function openSession(port: number): Promise<Socket> {
  const socket = await openSocket(port);
  socket.write(
    message("", int32(196_608), text("user"), text("bench"), text("database"), text("postgres"), Uint8Array.of(0)),
  );
  await ready(socket);
  return socket;
}

async function simpleQuery(socket: Socket, sql: string): Promise<void> {
  socket.write(message("Q", text(sql)));
  await ready(socket);
}

async function prepare(socket: Socket, rows: number, agent: number): Promise<void> {
  const values = Array.from({ length: rows }, (_, i) => `(${agent},$${i + 1})`).join(",");
  const types = Array.from({ length: rows }, () => int32(BYTEA_OID));
  socket.write(
    Buffer.concat([
      message("P", text("put"), text(`INSERT INTO snapshots VALUES ${values}`), int16(rows), ...types),
      SYNC,
    ]),
  );
  await ready(socket);
}

/** Resolves at ReadyForQuery, which every exchange ends with. */
function ready(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let unread: Uint8Array = new Uint8Array(0);
    const take = (chunk: Uint8Array): void => {
      unread = Buffer.concat([unread, chunk]);
      try {
        const answers = countReady(unread);
        unread = unread.slice(answers.bytes);
        if (answers.count === 0) return;
        socket.off("data", take);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    socket.on("data", take);
  });
}

function dialect(payload: Uint8Array, rows: number): PeerDialect {
  const values = Array.from({ length: rows }, () => [int32(payload.length), payload]).flat();
  // One format code for all parameters: binary.
  const bind = message("B", text(""), text("put"), int16(1), int16(1), int16(rows), ...values, int16(0));
  const request = Buffer.concat([bind, message("E", text(""), int32(0)), SYNC]);
  return { messagesPerRequest: rows, requests: (count) => repeated(request, count), answers: countReady };
}

function countReady(bytes: Uint8Array): { count: number; bytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  let at = 0;
  while (bytes.length - at >= 5) {
    const end = at + 1 + view.getUint32(at + 1);
    if (end > bytes.length) break;
    const type = String.fromCharCode(bytes[at]!);
    if (type === "E") throw new Error(`postgres answered ${Buffer.from(bytes.subarray(at + 5, end)).toString()}`);
    if (type === "Z") count++;
    at = end;
  }
  return { count, bytes: at };
}
