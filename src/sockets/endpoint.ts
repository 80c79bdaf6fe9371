import type { Endpoint } from "../ports/socket_host.ts";
import { socketError } from "./socket_error.ts";

/** An endpoint of a host, or a name in a `Context`. */
export type SocketEndpoint = Endpoint | { readonly transport: "inproc"; readonly name: string };

/** Longer ones are no endpoints: a Unix path has 107 octets, a host name 253. */
const MAX_ENDPOINT_CHARACTERS = 1_024;
/** Host (a name, `*`, IPv4, or IPv6 in brackets), port (a number or `*`), and for WebSockets a path. */
const HOST_PORT = /^(\[[0-9a-fA-F:.%a-z]+\]|[^:/[\]\s;]+):(\d{1,5}|\*)(\/[^\s]*)?$/;

/**
 * Reads an endpoint as libzmq writes them: `tcp://host:port`, `ipc://path`, `inproc://name`, `ws://host:port/path`,
 * `wss://host:port/path`. A port `*` is 0.
 *
 * @throws ProtocolError `sockets/bad-endpoint`
 */
export function parseEndpoint(text: string): SocketEndpoint {
  const bad = (found: string): never => {
    const expected = "tcp://host:port, ipc://path, inproc://name, ws://host:port/path or wss://host:port/path";
    throw socketError("sockets/bad-endpoint", found, expected);
  };
  if (typeof text !== "string") return bad(`a ${typeof text}`);
  const shown = JSON.stringify(text.slice(0, 80));
  if (text.length > MAX_ENDPOINT_CHARACTERS) return bad(`${text.length} characters: ${shown}`);
  const [, transport, rest] = /^([a-z]+):\/\/(.+)$/s.exec(text) ?? [];
  if (transport === "inproc") return { transport, name: rest! };
  if (transport === "ipc") return { transport, path: rest! };
  if (transport !== "tcp" && transport !== "ws" && transport !== "wss") return bad(shown);
  const [, written, digits, path] = HOST_PORT.exec(rest!) ?? [];
  if (written === undefined || (transport === "tcp" && path !== undefined)) return bad(shown);
  const port = digits === "*" ? 0 : Number(digits);
  if (port > 65_535) return bad(`port ${digits}`);
  const host = written.replace(/^\[(.*)\]$/, "$1");
  return transport === "tcp" ? { transport, host, port } : { transport, host, port, path: path ?? "/" };
}
