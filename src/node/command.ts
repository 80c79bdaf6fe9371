/** What a command may use of the process it runs in. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Pick<NodeJS.WriteStream, "write" | "isTTY">;
  readonly stderr: Pick<NodeJS.WriteStream, "write" | "isTTY">;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Exit codes of every command. */
export const EXIT_OK = 0;
/** It did not work, and not for what was typed. */
export const EXIT_FAILURE = 1;
/** What was typed, or the configuration, is wrong. */
export const EXIT_USAGE = 2;
/** It worked, and found something wrong in what it looked at. */
export const EXIT_FINDINGS = 3;

/** One command of `tidewire`. */
export interface Command {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  /** The page that `tidewire help NAME` prints. */
  readonly usage: string;
  /**
   * @param args what stands after the command's name
   * @returns the exit code
   * @throws UsageError for what was typed wrong
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** Something was typed wrong: the message says what, and the command line adds where the help is. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
