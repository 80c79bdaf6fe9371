import { type AgentConfig, flagOf, SETTINGS } from "../../agent/settings.ts";
import { readAgentConfig, SETTING_FLAGS } from "../agent_config.ts";
import { AgentCredentials } from "../agent_credentials.ts";
import { type Command, type CommandIo, EXIT_OK, UsageError } from "../command.ts";
import { dryRun } from "../dry_run.ts";
import { type Flag, flagLines, parseFlags } from "../flags.ts";
import { runAgent } from "../run_agent.ts";

/** What is asked of one run; a configuration file has no word on it. */
const RUN_FLAGS: readonly Flag[] = [
  { name: "config", argument: "FILE", summary: "Read settings from a JSON file; flags win over it." },
  { name: "check", summary: "Only check flags and file, say what is wrong by key, and exit (0 or 2)." },
  {
    name: "once",
    summary: "Send one snapshot, print it decoded, and exit: 0 when the server said that it is stored, else 1.",
  },
  { name: "dry-run", summary: "Print one snapshot and the frames that would carry it; send nothing." },
  { name: "json", summary: "With --once or --dry-run: print JSON." },
];

const USAGE = `tidewire agent: sample this machine and send snapshots to a server

  tidewire agent [--server HOST:PORT] [options]

An agent looks at the machine every --interval, sends what it saw, and keeps it until the server says that it is stored: a
server that is away for a while loses nothing. Ctrl-C or SIGTERM waits for what is on its way, a second one does not.

One run
${flagLines(RUN_FLAGS)}

Settings (in the file: ${SETTINGS.outboxBytes.key} for --${flagOf(SETTINGS.outboxBytes.key)}, and so on; --no-NAME turns off what the file turned on)
${flagLines(SETTING_FLAGS)}

Examples
  tidewire agent --once
  tidewire agent --server 127.0.0.1:7400 --interval 30s --top 50
  tidewire agent --server db.example:7400 --tls-ca ca.pem --tls-cert agent.pem --tls-key agent.key --agent-id db-1
  tidewire agent --cmdline --redact '(?<=password=)\\S+' --dry-run
  tidewire agent --config /etc/tidewire/agent.json --check
`;

/** `tidewire agent` */
export const agentCommand: Command = {
  name: "agent",
  summary: "sample this machine and send snapshots to a server",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags([...RUN_FLAGS, ...SETTING_FLAGS], args);
    if (positionals.length > 0) throw new UsageError(`found ${positionals[0]}, expected options only`);
    const json = values["json"] === true;
    const once = values["once"] === true;
    if (json && !once && values["dry-run"] !== true) throw new UsageError("--json needs --once or --dry-run");
    const file = values["config"] as string | undefined;
    const read = (): AgentConfig => readAgentConfig(values, file);
    const config = read();
    if (values["check"] === true) return printCheck(config, io);
    if (values["dry-run"] === true) return dryRun(config, json, io);
    return runAgent(config, { once, json, ...(file === undefined ? {} : { readAgain: read }) }, io);
  },
};

function printCheck(config: AgentConfig, io: CommandIo): number {
  if (config.tls) new AgentCredentials(config, () => {});
  const shown = { ...config, redact: config.redact.map((pattern) => pattern.source) };
  io.stdout.write(`the configuration is valid: ${JSON.stringify(shown)}\n`);
  return EXIT_OK;
}
