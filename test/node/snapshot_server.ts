import { createServer, type Server, type Socket } from "node:net";
import { idHex, ServerSession, type ServerSessionOptions } from "../../src/protocols/snapshot/mod.ts";
import { DedupeWindow } from "../../src/sansio/mod.ts";

/** What a test server does with a whole snapshot. */
export type Verdict = "store" | "refuse" | "ignore" | "hangUp";

/** A server made of real sessions on a real port; its store is a map in memory. */
export interface SnapshotServer {
  readonly address: string;
  /** Frames by agent and snapshot id, in the order in which they were stored. */
  readonly stored: Map<string, readonly Uint8Array[]>;
  /** Snapshots that came in again. */
  duplicates: number;
  connections: number;
  /** The most connections at one time. */
  peakConnections: number;
  verdict: (agentId: string, snapshotId: string) => Verdict;
  throttleDelayMs: number;
  close(): Promise<void>;
}

export async function startServer(options: Partial<ServerSessionOptions> = {}): Promise<SnapshotServer> {
  const known = new Map<string, DedupeWindow>();
  const open = new Set<Socket>();
  const tcp: Server = createServer((socket) => serve(socket));
  await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
  const { port } = tcp.address() as { port: number };
  const server: SnapshotServer = {
    address: `127.0.0.1:${port}`,
    stored: new Map(),
    duplicates: 0,
    connections: 0,
    peakConnections: 0,
    verdict: () => "store",
    throttleDelayMs: 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        tcp.close(() => resolve());
      }),
  };

  function serve(socket: Socket): void {
    open.add(socket);
    server.connections++;
    server.peakConnections = Math.max(server.peakConnections, open.size);
    const nowMs = (): number => performance.now();
    const session = new ServerSession(
      { entropy: { fill: (into) => crypto.getRandomValues(into) }, platform: 2, utcOffsetMs: 0, ...options },
      nowMs(),
    );
    const handle = (): void => {
      for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
        if (event.type === "handshake") {
          const ids = known.get(event.agentId) ?? new DedupeWindow(1_024);
          known.set(event.agentId, ids);
          session.command({ type: "accept", known: ids, throttleDelayMs: server.throttleDelayMs }, nowMs());
        } else if (event.type === "snapshot") {
          const { agentId, snapshotId, frames } = event;
          const verdict = server.verdict(agentId, idHex(snapshotId));
          if (verdict === "hangUp") socket.destroy();
          if (verdict === "store") {
            server.stored.set(`${agentId} ${idHex(snapshotId)}`, frames);
            session.command({ type: "stored", snapshotId }, nowMs());
          } else if (verdict === "refuse") {
            const refusal = { snapshotId, errorName: "STORE_FAILED", detail: "not wanted" } as const;
            session.command({ type: "refuse", ...refusal }, nowMs());
          }
        } else if (event.type === "duplicate") server.duplicates++;
        else if (event.type === "disconnect") socket.end();
      }
      for (const chunk of session.takeOutput()) socket.write(chunk);
    };
    socket.on("data", (chunk) => {
      session.receive(chunk, nowMs());
      handle();
    });
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  }
  return server;
}
