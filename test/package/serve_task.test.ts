import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { denoEnvironment, findDeno } from "../../scripts/find_deno.mjs";
import { root } from "../architecture/source_files.ts";

// Where the install script of the npm package `deno` has run, its bin is the program itself. A task whose command is plainly
// `deno` is then taken for a package's script, and the program is read as JavaScript.
it("deno task serve runs beside the npm package deno, takes more flags, and drains on SIGTERM", async () => {
  const place = mkdtempSync(join(tmpdir(), "tidewire-task-"));
  try {
    copyFileSync(join(root, "deno.json"), join(place, "deno.json"));
    for (const folder of ["deno", "src"]) symlinkSync(join(root, folder), join(place, folder));
    mkdirSync(join(place, "node_modules/.bin"), { recursive: true });
    symlinkSync(findDeno().path, join(place, "node_modules/.bin/deno"));
    const flags = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
    const task = spawn(findDeno().path, ["task", "serve", ...flags], { cwd: place, env: denoEnvironment() });
    let said = "";
    for (const stream of [task.stdout, task.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        said += chunk.toString();
      });
    }
    const ended = new Promise<number | null>((resolve) => task.once("exit", resolve));
    await expect.poll(() => said, { timeout: 20_000 }).toContain("listening");
    task.kill("SIGTERM");
    await ended;
    await expect.poll(() => said, { timeout: 10_000 }).toContain("drained=true");
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}, 40_000);
