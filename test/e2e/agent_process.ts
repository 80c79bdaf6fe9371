import { build } from "../../scripts/build.mjs";
import { LogProcess } from "./log_process.ts";
import { root, temporaryFolder } from "./places.ts";

/** The agent as people run it, at home in a folder of its own; its log is read as JSON with every line there is. */
export class AgentProcess extends LogProcess {
  /** @param server `host:port` */
  constructor(server: string, ...flags: string[]) {
    build();
    const home = temporaryFolder();
    const args = ["dist/node/cli.js", "agent", "--server", server, "--log", "json", "--log-level", "debug", ...flags];
    super(process.execPath, args, { cwd: root, env: { ...process.env, HOME: home, XDG_STATE_HOME: home } });
  }

  /** Ids of what it sampled, in order. */
  get sampledIds(): string[] {
    return this.all("sampled").map(({ snapshotId }) => String(snapshotId));
  }
}
