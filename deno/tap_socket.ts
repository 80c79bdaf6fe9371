import { CORE_SHA256 } from "../src/core/mod.ts";
import { MAX_TAP_FEEDS, type Tap, type TapChoice, type TapFeed } from "../src/ingest/mod.ts";
import { MESSAGE_TYPES, type MessageType } from "../src/protocols/snapshot/mod.ts";
import type { HttpToken } from "./http_token.ts";
import { isLoopback } from "./option_values.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";

/** The sub-protocol of the live tap; a browser gives its token beside it, since it can't give a header. */
export const TAP_PROTOCOL = "tidewire.tap.1";
const TOKEN_PREFIX = "bearer.";
/** As often as an eye sees a difference. */
const SHOW_EVERY_MS = 100;
/** What may lie unsent on a socket; while it is more, frames wait in the feed and are dropped there. */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** A choice is a few names: 64 agents of 128 bytes fit well. */
const MAX_CHOICE_CHARS = 16_384;
const MAX_CHOSEN_AGENTS = 64;
const MAX_FRAMES_PER_SECOND = 10_000;
const DEFAULT_FRAMES_PER_SECOND = 500;

const EVERYTHING: TapChoice = { agents: [], types: [], framesPerSecond: DEFAULT_FRAMES_PER_SECOND };

/**
 * Whether a request may watch: by its token, or, where none is asked for, from this machine and not from a page of
 * somebody else. A browser lets any page connect here, and only tells where the page is from.
 *
 * @returns why not, or nothing
 */
export function tapRefusal(request: Request, token: HttpToken | undefined): string | undefined {
  if (token !== undefined) {
    const offered = protocolsOf(request).find((one) => one.startsWith(TOKEN_PREFIX));
    const header = offered === undefined ? request.headers.get("authorization") : `Bearer ${offered.slice(7)}`;
    return token.accepts(header) ? undefined : "a bearer token is needed";
  }
  const host = request.headers.get("host") ?? "";
  if (!isLoopback(host.replace(/:\d+$/, "").replace(/^\[|\]$/g, ""))) return "only loopback may watch without a token";
  const origin = request.headers.get("origin");
  if (origin === null || origin === `http://${host}`) return undefined;
  return "a page from elsewhere may not watch without a token; open the page that this server shows";
}

/** Answers `GET /tap`: the frames that the tap shows as binary messages, each a piece of a capture; counts and choices as JSON. */
export function openTapSocket(request: Request, tap: Tap): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return new Response("this is a WebSocket; the page at / watches it\n", {
      status: 426,
      headers: { upgrade: "websocket" },
    });
  }
  const feed = tap.open(EVERYTHING, SYSTEM_CLOCK.monotonicMs());
  if (feed === undefined) return new Response(`${MAX_TAP_FEEDS} watch already\n`, { status: 503 });
  const protocol = protocolsOf(request).includes(TAP_PROTOCOL) ? { protocol: TAP_PROTOCOL } : {};
  const { socket, response } = Deno.upgradeWebSocket(request, protocol);
  serve(socket, feed, tap);
  return response;
}

function serve(socket: WebSocket, feed: TapFeed, tap: Tap): void {
  let toldCounts = "";
  const show = (): void => {
    // Whoever does not read is told nothing more either; a ping that stays unanswered ends it.
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount >= MAX_UNSENT_BYTES) return;
    const frames = feed.take();
    if (frames !== undefined) socket.send(frames as Uint8Array<ArrayBuffer>);
    const counts = JSON.stringify({ type: "counts", ...feed.counts });
    if (counts !== toldCounts) socket.send(counts);
    toldCounts = counts;
  };
  const timer = setInterval(show, SHOW_EVERY_MS);
  socket.onopen = () => {
    const commandLines = tap.showsCommandLines ? "shown" : "redacted";
    socket.send(JSON.stringify({ type: "hello", protocol: "snapshot", coreSha256: CORE_SHA256, commandLines }));
  };
  socket.onmessage = ({ data }) => {
    const choice = typeof data === "string" && data.length <= MAX_CHOICE_CHARS ? readChoice(data) : undefined;
    if (choice !== undefined) feed.choose(choice, SYSTEM_CLOCK.monotonicMs());
    else socket.send(JSON.stringify({ type: "refused", reason: CHOICE_FORM }));
  };
  socket.onclose = () => {
    clearInterval(timer);
    tap.close(feed);
  };
  // `close` follows, and says all there is to do.
  socket.onerror = (event) => event.preventDefault();
}

const CHOICE_FORM = `a choice is {"agents":[…at most ${MAX_CHOSEN_AGENTS} ids],"types":[…${Object.keys(MESSAGE_TYPES).join(", ")}],"framesPerSecond":1…${MAX_FRAMES_PER_SECOND}}`;

/** What a watcher chose; nothing for a text that is no choice. */
function readChoice(text: string): TapChoice | undefined {
  try {
    const { agents, types, framesPerSecond } = JSON.parse(text) as Record<string, unknown>;
    const isChoice =
      isTexts(agents) &&
      agents.length <= MAX_CHOSEN_AGENTS &&
      isTexts(types) &&
      types.every((type) => Object.hasOwn(MESSAGE_TYPES, type)) &&
      Number.isInteger(framesPerSecond) &&
      (framesPerSecond as number) >= 1 &&
      (framesPerSecond as number) <= MAX_FRAMES_PER_SECOND;
    if (!isChoice) return undefined;
    return { agents, types: types as MessageType[], framesPerSecond: framesPerSecond as number };
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function protocolsOf(request: Request): string[] {
  return (request.headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
}
