import type { Compressor } from "../../src/ports/mod.ts";
import type { ClientCommand, ClientEvent, ClientSession, VersionRange } from "../../src/protocols/snapshot/mod.ts";
import type { Session } from "../../src/sansio/mod.ts";
import type { AgentAccounts } from "./agent_accounts.ts";
import type { SpoolPlace } from "./agent_spool.ts";
import type { Env } from "./env.ts";
import type { Ledger } from "./ledger.ts";
import type { SampleShape } from "./machine_samples.ts";
import type { Network } from "./network.ts";
import type { Prng } from "./prng.ts";
import type { WallClock } from "./process_clock.ts";

/** What the engine talks to: the real session, or one that is broken on purpose. */
export type AgentSession = Session<ClientCommand, ClientEvent> & {
  readonly capacity: number;
  readonly heldBytes: number;
};

export interface SimAgentOptions {
  readonly env: Env;
  readonly random: Prng;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly agentId: string;
  /** Tells agents of the same id apart. */
  readonly name: string;
  readonly wall: WallClock;
  readonly intervalMs: number;
  readonly samples: SampleShape;
  /** Bound of what is in memory only. */
  readonly outboxBytes: number;
  /** Where it keeps what is not stored; nothing when that is in memory only. */
  readonly spool: SpoolPlace | undefined;
  readonly accounts: AgentAccounts;
  readonly versions: VersionRange;
  readonly compressor: Compressor | undefined;
  readonly wrapSession: (session: ClientSession) => AgentSession;
}
