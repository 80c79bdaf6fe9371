// Loaded before the tests (`deno test --preload`): one that hangs fails by its name, and costs no other its result.

/** The slowest takes 20 s on two idle cores. */
const TEST_TIMEOUT_MS = 60_000;
/** These tests start servers and processes of others, whose start a busy machine may starve; a fault fails each time. */
const RETRIES = 2;

const test = Deno.test;

function limited(...args: [Deno.TestDefinition] | [string, () => void | Promise<void>]): void {
  const [first, run] = args;
  const definition = typeof first === "string" ? { name: first, fn: run! } : first;
  test({ timeout: TEST_TIMEOUT_MS, retry: RETRIES, ...definition });
}

Object.assign(Deno, { test: Object.assign(limited, test) });
