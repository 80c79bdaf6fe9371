import { LogProcess } from "../../e2e/log_process.ts";
import { root, temporaryFolder } from "../../e2e/places.ts";

/** Server and agent as `npm start` runs them, the link that it ends with, and the folder that the server stores in. */
export async function npmStart(): Promise<{
  readonly started: LogProcess;
  readonly link: string;
  readonly stored: string;
}> {
  const home = temporaryFolder();
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: home };
  const stored = `${home}/data`;
  const started = new LogProcess(process.execPath, ["scripts/start.mjs", "--dir", stored], { cwd: root, env });
  const link = await started.until("its link", () => /^look +(http\S+) /m.exec(started.said)?.[1]);
  return { started, link, stored };
}
