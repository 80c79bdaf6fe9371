import { findDeno } from "../../../scripts/find_deno.mjs";
import { LoadAgent } from "../ingest/load_agent.ts";
import { ServerProcess } from "../ingest/server_process.ts";
import type { LatencyLog } from "./latency_log.ts";
import type { LoadConnection, Subject } from "./subject.ts";

const DRAIN_POLL_MS = 2;

/** Our server, as it is run in production. */
export interface OurSubject extends Subject {
  readonly server: ServerProcess;
}

export async function startOurs(dir: string, frame: Uint8Array, flags: readonly string[]): Promise<OurSubject> {
  const server = await ServerProcess.start(findDeno().path, dir, flags);
  return {
    name: "ours",
    server,
    connect: async (index) => {
      const agent = new LoadAgent(server.port, index, frame);
      await agent.established();
      return new AgentConnection(agent);
    },
    clear: async () => {},
    stop: () => server.stop(),
  };
}

class AgentConnection implements LoadConnection {
  readonly #agent: LoadAgent;
  #log: LatencyLog | undefined;
  /** When each snapshot was sent, by its place in the window. */
  readonly #sentMs: Float64Array = new Float64Array(1_024);
  #noted = 0;

  constructor(agent: LoadAgent) {
    this.#agent = agent;
    agent.onStored = (index) => this.#log?.add(this.#sentMs[index % 1_024]!, 1);
    agent.onSent = (count) => {
      const nowMs = performance.now();
      for (let i = 0; i < count; i++) this.#sentMs[++this.#noted % 1_024] = nowMs;
    };
  }

  start(inFlight: number, log: LatencyLog): void {
    this.#log = log;
    this.#agent.flood(inFlight);
  }

  async stop(): Promise<void> {
    this.#agent.rest();
    while (this.#agent.stored < this.#agent.sent) await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
  }

  close(): void {
    this.#agent.close();
  }
}
