/** A capture stepped through the real sessions of agent and server: state, timers, and the rule that a frame broke. */
import { ProtocolError } from "../../core/protocol_error.ts";
import type { ReaderOptions } from "../definition.ts";
import type { Replay, ReplayFrame, ReplaySide, ReplayStep, ReplayTransition } from "../inspection.ts";
import { decodeEnvelope } from "./decode.ts";
import { type ControlMessage, decodeControl } from "./decode_control.ts";
import { SnapshotError } from "./errors.ts";
import { ReplayAgent } from "./replay_agent.ts";
import { ReplayServer } from "./replay_server.ts";
import { MESSAGE_TYPES, type MessageType } from "./wire.ts";

/** Timers shown one by one between two frames; of a gap of days the rest is one step. */
const MAX_TIMER_STEPS = 16;
/** What only a server sends (spec, preamble); a Heartbeat goes both ways. */
const FROM_SERVER: ReadonlySet<MessageType> = new Set(["handshakeAck", "ack", "backpressure", "error"]);

type SideName = "agent" | "server";

/** What one step has gathered so far. */
interface Gathered {
  readonly events: { readonly side: SideName; readonly event: object }[];
  readonly output: { readonly side: SideName; readonly bytes: Uint8Array }[];
  readonly errors: ProtocolError[];
}

/**
 * Replays the frames of one agent and its server. What both decide by themselves the sessions decide here; what a host
 * decides (to connect, to send, to store) is taken from the capture. Ids that the agent's session makes are put in the place
 * of the capture's, so that answers find what they answer.
 *
 * @example
 * ```ts
 * import { createReplay, encodeControl, encodeFrame } from "tidewire/snapshot";
 * const replay = createReplay("db-1", { compressor: undefined });
 * const bytes = encodeFrame(
 *   { version: { major: 1, minor: 0 }, type: "heartbeat", flags: 0, platform: 2, messageId: new Uint8Array(16),
 *     timestampUtcMs: 0, agentId: "db-1", extensions: [] },
 *   encodeControl({ type: "heartbeat", payload: { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] } }),
 * );
 * replay.take({ bytes, atMs: 0, row: undefined }).map((step) => step.title); // ["a connection is assumed", "heartbeat to the server"]
 * ```
 */
export function createReplay(agentId: string, options: ReaderOptions): Replay {
  return new SnapshotReplay(agentId, options);
}

class SnapshotReplay implements Replay {
  readonly #options: ReaderOptions;
  readonly #agent: ReplayAgent;
  #server: ReplayServer | undefined;
  #nowMs = Number.NEGATIVE_INFINITY;
  /** Once the capture has shown that it holds what the server says, its silence means something. */
  #hearsServer = false;
  #openHeartbeats = 0;
  /** The Handshake of this connection while nothing else has come from the agent. */
  #handshake: Uint8Array | undefined;
  #gathered: Gathered = { events: [], output: [], errors: [] };

  constructor(agentId: string, options: ReaderOptions) {
    this.#options = options;
    this.#agent = new ReplayAgent(agentId, options);
  }

  get sides(): readonly ReplaySide[] {
    return this.#server === undefined ? [this.#agent.side] : [this.#agent.side, this.#server.side];
  }

  take(frame: ReplayFrame): readonly ReplayStep[] {
    const steps: ReplayStep[] = this.#server === undefined ? [] : this.#runTimers(frame.atMs);
    this.#nowMs = Math.max(this.#nowMs, frame.atMs);
    const type = typeOf(frame.bytes);
    const message = type === undefined || type === "snapshot" ? undefined : controlOf(frame.bytes);
    if (this.#server === undefined && message?.type !== "handshake") steps.push(this.#assumeConnection());
    const isForAgent =
      type !== undefined && (FROM_SERVER.has(type) || (type === "heartbeat" && this.#isAnswer(message)));
    if (message?.type === "handshake") this.#connect(frame.bytes);
    if (isForAgent) this.#feedAgent(frame.bytes, message);
    else this.#feedServer(frame.bytes, type);
    const side = isForAgent ? "agent" : "server";
    const title = `${type ?? "a damaged frame"} to the ${side}`;
    return [...steps, this.#finishStep("frame", side, title, this.#nowMs)];
  }

  /** Both sides behind a handshake of their own: the capture starts in the middle of a connection. */
  #assumeConnection(): ReplayStep {
    const server = this.#reopen();
    const nowMs = this.#nowMs;
    for (const bytes of this.#agent.connect(undefined, nowMs)) server.session.receive(bytes, nowMs);
    this.#settleServer(nowMs);
    for (const { side, bytes } of this.#gathered.output)
      if (side === "server") this.#agent.session.receive(bytes, nowMs);
    this.#settleAgent();
    return this.#finishStep("prelude", "server", "a connection is assumed", nowMs);
  }

  /** A Handshake begins a connection, whatever became of the one before. */
  #connect(frame: Uint8Array): void {
    this.#reopen();
    this.#openHeartbeats = 0;
    this.#write("agent", this.#agent.connect(decodeEnvelope(frame).envelope.messageId, this.#nowMs));
    this.#settleAgent();
  }

  #reopen(): ReplayServer {
    if (this.#server === undefined) this.#server = new ReplayServer(this.#options, this.#nowMs);
    else this.#server.reopen(this.#nowMs);
    return this.#server;
  }

  #feedServer(frame: Uint8Array, type: MessageType | undefined): void {
    if (type === "heartbeat") this.#openHeartbeats++;
    this.#handshake = type === "handshake" ? frame.slice() : undefined;
    this.#server!.session.receive(frame, this.#nowMs);
    this.#settleServer(this.#nowMs);
  }

  #feedAgent(frame: Uint8Array, message: ControlMessage | undefined): void {
    this.#hearsServer = true;
    if (message?.type === "heartbeat") this.#openHeartbeats--;
    const server = this.#server!;
    if (message?.type === "handshakeAck" && this.#handshake !== undefined) {
      server.adopt(message.payload, this.#handshake, this.#nowMs);
    }
    // What the host of the real server told its session.
    if (message?.type === "ack") this.#try(() => server.answered(message.payload, this.#nowMs));
    if (message?.type === "backpressure") this.#try(() => server.throttled(message.payload, this.#nowMs));
    this.#settleServer(this.#nowMs);
    this.#agent.receive(frame, this.#nowMs);
    this.#settleAgent();
  }

  /** spec §4: the server answers each Heartbeat with one of zeros */
  #isAnswer(message: ControlMessage | undefined): boolean {
    if (message?.type !== "heartbeat" || !this.#hearsServer || this.#openHeartbeats === 0) return false;
    return message.payload.queuedSnapshots === 0 && Number(message.payload.droppedSnapshots) === 0;
  }

  #runTimers(untilMs: number): ReplayStep[] {
    const steps: ReplayStep[] = [];
    for (;;) {
      const server = this.#server!.session.nextTimeoutMs() ?? Number.POSITIVE_INFINITY;
      const agentDue = this.#hearsServer ? this.#agent.session.nextTimeoutMs() : undefined;
      const agent = agentDue ?? Number.POSITIVE_INFINITY;
      const dueMs = Math.min(server, agent);
      if (dueMs > untilMs) return steps;
      const isLast = steps.length === MAX_TIMER_STEPS - 1;
      // A timer may be told late: the last one stands for all that is left.
      const atMs = Math.max(this.#nowMs, isLast ? untilMs : dueMs);
      this.#nowMs = atMs;
      const side: SideName = server <= agent ? "server" : "agent";
      const names = this.sides.find((one) => one.side === side)!.timers.filter((timer) => timer.atMs <= atMs);
      if (server <= atMs) this.#server!.session.onTimeout(atMs);
      if (agent <= atMs) this.#agent.session.onTimeout(atMs);
      this.#settleServer(atMs);
      this.#settleAgent();
      const title = `${names.map(({ name }) => name).join(", ")} of the ${side}${isLast ? ", and what followed" : ""}`;
      steps.push(this.#finishStep("timer", side, title, atMs));
      if (isLast) return steps;
    }
  }

  #settleServer(nowMs: number): void {
    const server = this.#server!;
    for (let event = server.session.nextEvent(); event !== undefined; event = server.session.nextEvent()) {
      this.#gathered.events.push({ side: "server", event });
      if (event.type === "handshake") server.accept(nowMs);
      if (event.type === "protocolError" || event.type === "refused") this.#gathered.errors.push(event.error);
      if (event.type === "snapshot") {
        const { snapshotId, content, messageIds } = server.taken(event);
        this.#try(() => this.#write("agent", this.#agent.send(snapshotId, content, messageIds, nowMs)));
      }
    }
    this.#write("server", server.session.takeOutput());
    this.#settleAgent();
  }

  #settleAgent(): void {
    const { session } = this.#agent;
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      this.#gathered.events.push({ side: "agent", event });
      if (event.type === "protocolError") this.#gathered.errors.push(event.error);
    }
    this.#write("agent", session.takeOutput());
  }

  #write(side: SideName, frames: readonly Uint8Array[]): void {
    for (const bytes of frames) this.#gathered.output.push({ side, bytes });
  }

  /** What a session refuses to be told is a rule that the capture broke. */
  #try(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#gathered.errors.push(error);
    }
  }

  #finishStep(cause: ReplayStep["cause"], side: SideName, title: string, atMs: number): ReplayStep {
    const { events, output, errors } = this.#gathered;
    this.#gathered = { events: [], output: [], errors: [] };
    const transitions: ReplayTransition[] = [...(this.#server?.trace.take() ?? []), ...this.#agent.trace.take()];
    const broken = errors.map((error) => {
      const code = error instanceof SnapshotError ? error.errorName : error.code;
      const transition = transitions.find(({ refused, rule }) => refused && rule === code);
      return { code, found: error.found, expected: error.expected, transition };
    });
    return { atMs, cause, side, title, sides: this.sides, transitions, events, output, broken };
  }
}

const TYPES: ReadonlyMap<number, MessageType> = new Map(
  (Object.entries(MESSAGE_TYPES) as [MessageType, number][]).map(([name, code]) => [code, name]),
);

/** The type that a frame says, be the rest of it as it may. */
function typeOf(frame: Uint8Array): MessageType | undefined {
  return TYPES.get(frame[10] ?? 0);
}

function controlOf(frame: Uint8Array): ControlMessage | undefined {
  try {
    return decodeControl(frame, decodeEnvelope(frame));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}
