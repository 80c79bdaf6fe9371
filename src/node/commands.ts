import type { Command } from "./command.ts";

/** A command in the list of commands: loaded only when it is asked for, so that a running agent holds no other. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command, in the order of the help page. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "agent",
    summary: "sample this machine and send snapshots to a server",
    load: async () => (await import("./commands/agent.ts")).agentCommand,
  },
  {
    name: "dump",
    summary: "show what captures hold, frame by frame",
    load: async () => (await import("./commands/dump.ts")).dumpCommand,
  },
  {
    name: "check",
    summary: "say what is wrong with captures, and where",
    load: async () => (await import("./commands/check.ts")).checkCommand,
  },
  {
    name: "send",
    summary: "send the snapshots of captures to a server",
    load: async () => (await import("./commands/send.ts")).sendCommand,
  },
  {
    name: "cert",
    summary: "make a private CA, and certificates of servers and agents",
    load: async () => (await import("./commands/cert.ts")).certCommand,
  },
  {
    name: "spool",
    summary: "show, export or clear what an agent keeps on disk",
    load: async () => (await import("./commands/spool.ts")).spoolCommand,
  },
  {
    name: "top",
    summary: "watch agents and their busiest processes",
    load: async () => (await import("./commands/top.ts")).topCommand,
  },
  {
    name: "query",
    summary: "rows of processes from stored files, as a table, CSV or JSON",
    load: async () => (await import("./commands/query.ts")).queryCommand,
  },
  {
    name: "fleet",
    summary: "load a server with many agents",
    load: async () => (await import("./commands/fleet.ts")).fleetCommand,
  },
  {
    name: "zmq",
    summary: "talk to ZeroMQ sockets: print what comes, send lines",
    load: async () => (await import("./commands/zmq.ts")).zmqCommand,
  },
];
