import { onTestFinished } from "vitest";
import { LogProcess } from "../../e2e/log_process.ts";
import { root, temporaryFolder } from "../../e2e/places.ts";

/**
 * Server and agent as `npm start` runs them, the link that it ends with, and the folder that the server stores in. All of them end
 * with the test.
 */
export async function npmStart(): Promise<{
  readonly started: LogProcess;
  readonly link: string;
  readonly stored: string;
}> {
  const home = temporaryFolder();
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: home };
  const stored = `${home}/data`;
  const started = new LogProcess(process.execPath, ["scripts/start.mjs", "--dir", stored], { cwd: root, env });
  // Asked to end, it ends both of them; killed, it would leave them behind.
  onTestFinished(() => started.end("SIGTERM").then(() => {}));
  const link = await started.until("its link", () => /^look +(http\S+) /m.exec(started.said)?.[1]);
  return { started, link, stored };
}
