import type { Tap } from "../src/ingest/mod.ts";
import { type AgentOverview, type MetricFamily, PROMETHEUS_MEDIA_TYPE, prometheusText } from "../src/ingest/mod.ts";
import type { HttpToken } from "./http_token.ts";
import type { InspectorFiles } from "./inspector_files.ts";
import { openTapSocket, tapRefusal } from "./tap_socket.ts";

/** What the HTTP endpoints ask for on each request. */
export interface HttpSources {
  /** Why the server is not ready to store what agents send; empty when it is. */
  readonly notReadyReasons: () => readonly string[];
  readonly metricFamilies: () => readonly MetricFamily[];
  /** The agents that were heard of last, at most so many. */
  readonly agents: (limit: number) => AgentsAnswer;
  /** What requests have to bring; nothing when they need not bring anything. */
  readonly token: () => HttpToken | undefined;
  readonly tap: Tap;
  readonly inspector: InspectorFiles;
}

/** What `/agents` says. */
export interface AgentsAnswer {
  /** The server's time, which the agents' `lastSeenMs` are by. */
  readonly timeMs: number;
  /** Known agents; `agents` may have fewer. */
  readonly total: number;
  readonly agents: readonly AgentOverview[];
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TEXT = "application/json; charset=utf-8";
/** An answer has about 800 bytes for an agent: this is 8 MB, made in a tenth of a second. */
const MAX_AGENTS = 10_000;
const DEFAULT_AGENTS = 1_000;
const NOT_BUILT =
  "the inspector is not here: npm run build makes it, and --allow-read must name its folder, dist/inspector\n";

/**
 * Health, metrics, the inspector and its live tap over HTTP.
 *
 * - `GET /healthz`: 200 while the process answers.
 * - `GET /readyz`: 200, or 503 with a reason a line (`recovering`, `draining`, `store failing: …`).
 * - `GET /metrics`: Prometheus text.
 * - `GET /agents?limit=N`: JSON, what each agent's latest snapshot says; no command lines.
 * - `GET /tap`: a WebSocket with what comes in and goes out; without a token only for this machine.
 * - `GET /`: the inspector, a page that holds no data of its own and so asks for no token.
 *
 * With a token, each of the others answers 401 to whoever does not bring it.
 */
export class HttpServer {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** @throws Deno.errors.AddrInUse and others of `Deno.listen` */
  constructor(hostname: string, port: number, sources: HttpSources) {
    this.#server = Deno.serve({ hostname, port, onListen: () => {} }, (request) => respond(request, sources));
  }

  /** The address in use, as `host:port`. */
  get address(): string {
    return formatAddress(this.#server.addr);
  }

  /** Ends after the requests under way. */
  async close(): Promise<void> {
    await this.#server.shutdown();
  }
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function respond(request: Request, sources: HttpSources): Response {
  const token = sources.token();
  const { pathname, searchParams } = new URL(request.url);
  const isRead = request.method === "GET" || request.method === "HEAD";
  const page = isRead ? sources.inspector.answer(pathname) : undefined;
  if (page !== undefined) return page;
  if (pathname === "/tap" && isRead) {
    const reason = tapRefusal(request, token);
    if (reason === undefined) return openTapSocket(request, sources.tap);
    return answer(token === undefined ? 403 : 401, `${reason}\n`);
  }
  if (token !== undefined && !token.accepts(request.headers.get("authorization"))) {
    return answer(401, "a bearer token is needed\n", TEXT, { "www-authenticate": "Bearer" });
  }
  if (!isRead) return answer(405, "only GET and HEAD\n", TEXT, { allow: "GET, HEAD" });
  switch (pathname) {
    case "/healthz":
      return answer(200, "ok\n");
    case "/readyz": {
      const reasons = sources.notReadyReasons();
      return reasons.length === 0 ? answer(200, "ready\n") : answer(503, `${reasons.join("\n")}\n`);
    }
    case "/metrics":
      return answer(200, prometheusText(sources.metricFamilies()), PROMETHEUS_MEDIA_TYPE);
    case "/agents":
      return agentsAnswer(searchParams.get("limit"), sources);
    default:
      return answer(404, pathname === "/" ? NOT_BUILT : "there is /, /tap, /healthz, /readyz, /metrics and /agents\n");
  }
}

function agentsAnswer(limit: string | null, sources: HttpSources): Response {
  const count = limit === null ? DEFAULT_AGENTS : /^\d{1,5}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > MAX_AGENTS) return answer(400, `limit is a whole number from 1 to ${MAX_AGENTS}\n`);
  // Agents choose names: a page that shows them has to know that they are no markup.
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return answer(200, `${JSON.stringify(sources.agents(count))}\n`, JSON_TEXT, headers);
}

function answer(status: number, body: string, contentType = TEXT, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "content-type": contentType, ...headers } });
}
