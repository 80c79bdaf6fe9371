import { readFileSync } from "node:fs";
import type { AgentOverview, BusyProcess } from "../../ingest/mod.ts";
import type { Clock } from "../../ports/clock.ts";
import type { OverviewFeed, Overviews } from "./overview_source.ts";

/** A server that does not answer within this is said to be silent. */
const REQUEST_TIMEOUT_MS = 5_000;
/** What a server answers at most, and a little more. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_AGENTS = 10_000;

/**
 * A server's own word, over HTTP.
 *
 * @param address `host:port` of its HTTP side
 * @param tokenFile holds the bearer token that it asks for
 * @param silentMs an agent that was not heard of for so long is not shown
 */
export function serverFeed(
  address: string,
  tokenFile: string | undefined,
  silentMs: number,
  clock: Clock,
): OverviewFeed {
  return {
    name: address,
    async read(): Promise<Overviews> {
      const headers: Record<string, string> = {};
      // Read each time: whoever changes a token changes the file.
      if (tokenFile !== undefined) headers["authorization"] = `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
      const url = `http://${address}/agents?limit=${MAX_AGENTS}`;
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const response = await fetch(url, { headers, signal, redirect: "error" }).catch((error: unknown) => {
        const { cause, message } = error as Error;
        throw new Error(
          `${address} does not answer: ${cause instanceof Error ? cause.message || cause.name : message}`,
        );
      });
      if (response.status === 401) throw new Error(`${address} asks for a token: --token-file FILE`);
      if (response.status === 404) throw new Error(`${address} knows no agents: is it the server's HTTP port?`);
      if (!response.ok) throw new Error(`${address} answered ${response.status}`);
      return recentAgents(checkedAnswer(JSON.parse(await limitedText(response))), silentMs, clock.utcMs());
    },
  };
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("the server's answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What a server says. */
interface Answer extends Overviews {
  /** Its own time. */
  readonly timeMs: number;
}

/** Another program may listen there: what is not as expected is refused in one place. */
function checkedAnswer(answer: unknown): Answer {
  const { timeMs, total, agents } = (answer ?? {}) as Partial<Record<keyof Answer, unknown>>;
  const isAnswer = typeof timeMs === "number" && typeof total === "number" && Array.isArray(agents);
  if (!isAnswer || !agents.every(isOverview)) {
    throw new Error("what answered is no Tidewire server, or one of another version");
  }
  return { timeMs, total, agents };
}

/** Times by the clock of this machine, whatever the server's says. */
function recentAgents({ timeMs, total, agents }: Answer, silentMs: number, nowMs: number): Overviews {
  const recent = agents.filter(({ lastSeenMs }) => timeMs - lastSeenMs <= silentMs);
  const shifted = recent.map((agent) => ({ ...agent, lastSeenMs: agent.lastSeenMs + nowMs - timeMs }));
  return { agents: shifted, total: total - agents.length + recent.length };
}

function isOverview(value: unknown): value is AgentOverview {
  const agent = value as Partial<Record<keyof AgentOverview, unknown>>;
  const numbers = [agent.lastSeenMs, agent.windowEndMs, agent.cpuPct, agent.memUsedBytes, agent.memTotalBytes];
  return (
    typeof agent.agentId === "string" &&
    [...numbers, agent.processTotal].every((one) => typeof one === "number") &&
    Array.isArray(agent.processes) &&
    agent.processes.every(isProcess)
  );
}

function isProcess(value: unknown): value is BusyProcess {
  const { pid, name, cpuPct, rssBytes } = value as Partial<Record<keyof BusyProcess, unknown>>;
  return typeof name === "string" && [pid, cpuPct, rssBytes].every((one) => typeof one === "number");
}
