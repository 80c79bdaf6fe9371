import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Deno's own tests and what only a page can run have their own runners.
    exclude: ["test/deno/**", "test/browser/**"],
    // Two at once: the tests start agents, servers and compilers, and the smallest machine has two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

export default config;
