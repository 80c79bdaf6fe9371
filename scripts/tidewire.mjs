// npm run -s tidewire -- …: the command of this clone, built first when it is not.
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { installMissing, requireNode20 } from "./install_missing.mjs";

requireNode20();
// Standard output belongs to the command.
await installMissing(fileURLToPath(new URL("..", import.meta.url)), console.error);
build();
await import("../dist/node/cli.js");
