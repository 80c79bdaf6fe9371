import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** The inspector in a real Chromium: node node_modules/vitest/vitest.mjs run --config test/browser/inspector/vitest.config.ts */
const config: ViteUserConfig = defineConfig({
  root: fileURLToPath(new URL("../../../", import.meta.url)),
  test: {
    include: ["test/browser/inspector/**/*.test.ts"],
    globalSetup: ["test/browser/inspector/built.ts"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Where the machine is too busy for a page to be read in its turn, it is read once more; a fault fails twice.
    retry: 1,
    // A page on a busy machine may take seconds for what it does at once on a quiet one.
    expect: { poll: { timeout: 10_000 } },
  },
});

export default config;
