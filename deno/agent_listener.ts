import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import type { Log } from "../src/ports/mod.ts";
import type { CredentialsWatch } from "./credentials_watch.ts";
import { formatAddress } from "./http_server.ts";
import type { IngestHost } from "./ingest_host.ts";
import type { Address } from "./option_values.ts";
import { TcpServer } from "./tcp_server.ts";
import { TlsServer } from "./tls_server.ts";

/** Connections that wait to be accepted; a fleet that comes back at once needs more than the usual 511. */
const BACKLOG = 4_096;

/** A server that takes agents' connections in. */
export interface AgentServer {
  stopListening(): void;
  /** Ends every connection at once. */
  abort(): void;
}

/** The address that agents connect to: taken at once, served when the store is ready. */
export interface AgentListener {
  /** As `host:port`. */
  readonly address: string;
  serve(host: IngestHost): AgentServer;
}

/**
 * Takes the address.
 *
 * @param watch what to speak TLS with; plaintext without it
 * @throws Deno.errors.AddrInUse, and others of `Deno.listen` and `node:net`
 */
export async function listenForAgents(
  { hostname, port }: Address,
  watch: CredentialsWatch | undefined,
  log: Log,
): Promise<AgentListener> {
  if (watch === undefined) {
    const listener = Deno.listen({ hostname, port });
    return { address: formatAddress(listener.addr), serve: (host) => serveTcp(listener, host, log) };
  }
  const listener = await listenOnNet(hostname, port);
  const bound = listener.address() as AddressInfo;
  return {
    address: formatAddress({ hostname: bound.address, port: bound.port }),
    serve: (host) => serveTls(listener, watch, host, log),
  };
}

function serveTcp(listener: Deno.TcpListener, host: IngestHost, log: Log): AgentServer {
  const server = new TcpServer(listener, host, (reason) => log.write("error", "acceptFailed", { reason }));
  server.run();
  return server;
}

function serveTls(listener: NetServer, watch: CredentialsWatch, host: IngestHost, log: Log): AgentServer {
  const server = new TlsServer(listener, watch.current, host, (remoteAddress, detail) => {
    // Anybody can cause one at any rate; the counters, and `tlsFailed` once a second, are for everyday.
    log.write("debug", "tlsError", { remoteAddress, detail });
  });
  watch.watch((credentials) => server.replaceCredentials(credentials));
  listener.removeAllListeners("connection");
  listener.on("error", (error) => log.write("error", "acceptFailed", { reason: error.message }));
  server.run();
  return server;
}

function listenOnNet(hostname: string, port: number): Promise<NetServer> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    // It can't be told to wait: who comes before the store is ready is sent away, and comes again.
    listener.on("connection", (socket) => socket.destroy());
    listener.once("error", (error: Error & { code?: string }) => {
      reject(error.code === "EADDRINUSE" ? new Deno.errors.AddrInUse(error.message) : error);
    });
    listener.listen({ host: hostname, port, backlog: BACKLOG }, () => {
      listener.removeAllListeners("error");
      resolve(listener);
    });
  });
}
