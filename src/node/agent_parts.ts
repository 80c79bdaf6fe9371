import type { AgentConfig } from "../agent/settings.ts";
import type { MachineSampler } from "../ports/machine_sampler.ts";
import { CAPABILITY_ALL_PROCESSES, CAPABILITY_COMMAND_LINES } from "../protocols/snapshot/wire.ts";
import { defaultStateDir, readAgentId } from "./agent_state.ts";
import { systemClock } from "./clock.ts";
import type { CommandIo } from "./command.ts";
import { createSampler } from "./create_sampler.ts";
import { systemEntropy } from "./entropy.ts";

/** The id to send as: the one that was given, or the one of this machine. */
export function agentIdOf(config: AgentConfig, env: CommandIo["env"]): string {
  if (config.agentId !== undefined) return config.agentId;
  const stateDir = config.stateDir ?? defaultStateDir(env);
  try {
    return readAgentId(stateDir, systemEntropy);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`can't keep the agent's id in ${stateDir}: ${reason}. Give another --state-dir, or an --agent-id`);
  }
}

/** A sampler that sees what the configuration asks for. */
export function samplerOf({ all, top, cmdline }: AgentConfig): Promise<MachineSampler> {
  return createSampler({ maxProcesses: all ? Number.POSITIVE_INFINITY : top, cmdline, clock: systemClock });
}

/** What the Handshake says the agent can do (spec §4); zstd is the session's word. */
export function capabilitiesOf({ all, cmdline }: AgentConfig): number {
  return (all ? CAPABILITY_ALL_PROCESSES : 0) | (cmdline ? CAPABILITY_COMMAND_LINES : 0);
}
