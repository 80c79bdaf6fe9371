/** The environment to run Deno in: its cache stays in the project, and it asks no one for updates. */
export function denoEnvironment(): NodeJS.ProcessEnv;
/** The npm package's Deno, else a suitable one on the PATH; throws when there is none, saying what to do. */
export function findDeno(): { path: string; version: string };
