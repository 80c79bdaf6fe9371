/** Which package of the lockfile is not installed as locked, or nothing when all are. */
export function missingPackage(root: string): string | undefined;
/** The command that starts npm with some arguments. */
export function npmCommand(args: string[]): { command: string; args: string[] };
/** Runs `npm ci` when something is missing. */
export function installMissing(root: string, say: (line: string) => void): Promise<void>;
/** Ends the process with a plain sentence when this Node is too old for the project. */
export function requireNode20(): void;
