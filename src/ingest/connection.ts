import type { ServerSession } from "../protocols/snapshot/mod.ts";
import type { Agent } from "./agent_table.ts";
import type { Timed } from "./deadline_heap.ts";

/** One transport and its session. */
export interface Connection extends Timed {
  readonly connId: number;
  readonly remoteAddress: string;
  /** The agent ids that its peer has proved to be its own; nothing when it was not asked for proof. */
  readonly peerAgentIds: readonly string[] | undefined;
  readonly session: ServerSession;
  /** Whose it is, once its Handshake was accepted. */
  agent: Agent | undefined;
  /** What the session held when it was last looked at. */
  heldBytes: number;
  /** On the list of those that the host should look at. */
  isDirty: boolean;
  /** The session is over: its last bytes go out, then the transport is closed. */
  closeReason: string | undefined;
  /** Lines in the log that its peer has caused. */
  toldEvents: number;
  /** What the agent's last heartbeat said it had dropped. */
  agentDropped: number | undefined;
}
