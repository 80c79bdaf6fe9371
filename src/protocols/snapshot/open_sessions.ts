/** Both sides of a connection right behind its handshake, for whatever feeds bytes to them. */
import { FrameScanner } from "../../core/mod.ts";
import { DedupeWindow } from "../../sansio/mod.ts";
import type { OpenSession, ReaderOptions } from "../definition.ts";
import { ClientSession } from "./client_session.ts";
import { decodeEnvelope } from "./decode.ts";
import { SnapshotError } from "./errors.ts";
import { ServerSession } from "./server_session.ts";
import { DEDUPE_WINDOW_IDS, PLATFORM_LINUX, SNAPSHOT_FRAMING } from "./wire.ts";

/** Whoever a capture comes from when it holds no envelope. */
const SOME_AGENT = "agent";

/** The sides after an agent's Handshake and its answer, at time 0; `capture` says which agent. */
export function openSessions(capture: Uint8Array, { compressor }: ReaderOptions): readonly OpenSession[] {
  const zstd = compressor === undefined ? {} : { compressor };
  const host = { platform: PLATFORM_LINUX, entropy: { fill: (into: Uint8Array) => void into.fill(1) }, utcOffsetMs: 0 };
  const agent = new ClientSession({
    ...host,
    ...zstd,
    agentId: firstAgent(capture) ?? SOME_AGENT,
    agentVersion: "",
    hostName: "",
    osRelease: "",
    capabilities: 0,
  });
  const server = new ServerSession({ ...host, ...zstd }, 0);
  agent.onTimeout(0);
  agent.command({ type: "opened" }, 0);
  for (const chunk of agent.takeOutput()) server.receive(chunk, 0);
  server.command({ type: "accept", known: new DedupeWindow(DEDUPE_WINDOW_IDS), throttleDelayMs: 0 }, 0);
  for (const chunk of server.takeOutput()) agent.receive(chunk, 0);
  while (agent.nextEvent() !== undefined || server.nextEvent() !== undefined);
  return [opened("agent", agent), opened("server", server)];
}

function opened(side: string, session: ClientSession | ServerSession): OpenSession {
  return {
    side,
    get heldBytes() {
      return session.heldBytes;
    },
    receive: (chunk, nowMs) => session.receive(chunk, nowMs),
    takeOutput: () => session.takeOutput(),
    nextEvent: () => session.nextEvent(),
  };
}

/** The agent that the first frame with a readable envelope names. */
function firstAgent(capture: Uint8Array): string | undefined {
  const scanner = new FrameScanner(SNAPSHOT_FRAMING);
  scanner.push(capture);
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
    if (frame.status !== "ok") continue;
    try {
      return decodeEnvelope(frame.bytes).envelope.agentId;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
    }
  }
  return undefined;
}
