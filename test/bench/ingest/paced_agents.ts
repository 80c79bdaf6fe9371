import { LoadAgent } from "./load_agent.ts";
import type { ServerProcess } from "./server_process.ts";

/** What an agent's interval is when nothing else is asked for. */
export const PACE_INTERVAL_MS = 10_000;
/** Connections that are opened at a time: more would wait in the listener's queue. */
const CONNECTING = 500;

/** Agents whose handshake is done. */
export async function connectAgents(server: ServerProcess, count: number, frame: Uint8Array): Promise<LoadAgent[]> {
  const agents: LoadAgent[] = [];
  while (agents.length < count) {
    const next = Math.min(CONNECTING, count - agents.length);
    const wave = Array.from({ length: next }, (_, i) => new LoadAgent(server.port, agents.length + i, frame));
    await Promise.all(wave.map((agent) => agent.established()));
    agents.push(...wave);
  }
  return agents;
}

/** The pace of agents: a snapshot every ten seconds and heartbeats as the server asks for them, spread evenly. */
export function keepPace(agents: readonly LoadAgent[]): () => void {
  const stops = agents.flatMap((agent, i) => [
    every(PACE_INTERVAL_MS, i / agents.length, () => agent.send(1)),
    every(agent.heartbeatIntervalMs, ((i * 7.3) / agents.length) % 1, () => agent.heartbeat()),
  ]);
  return () => {
    for (const stop of stops) stop();
  };
}

/** Calls again and again, first after a share of the interval, until what it returns is called. */
function every(intervalMs: number, share: number, call: () => void): () => void {
  let interval: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    call();
    interval = setInterval(call, intervalMs);
  }, intervalMs * share);
  return () => {
    clearTimeout(first);
    clearInterval(interval);
  };
}
