import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultStateDir, readAgentId } from "../../src/node/agent_state.ts";
import { systemEntropy } from "../../src/node/entropy.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "state-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("an id is made once and stays", () => {
  const dir = join(folder, "a", "b");
  const id = readAgentId(dir, systemEntropy);
  expect(id).toMatch(/^[A-Za-z0-9.-]+-[0-9a-f]{12}$/);
  expect(readAgentId(dir, systemEntropy)).toBe(id);
  expect(readdirSync(dir)).toEqual(["agent-id"]);
});

test("nobody else may look into the folder or the file", () => {
  const dir = join(folder, "state");
  readAgentId(dir, systemEntropy);
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dir, "agent-id")).mode & 0o777).toBe(0o600);
});

test("two machines have two ids", () => {
  expect(readAgentId(join(folder, "a"), systemEntropy)).not.toBe(readAgentId(join(folder, "b"), systemEntropy));
});

test("one that comes second takes the first one's id", () => {
  let winner = "";
  const slow = {
    fill(into: Uint8Array): void {
      // Another agent makes its id between this one's look and its own.
      if (winner === "") {
        winner = "taken";
        winner = readAgentId(folder, systemEntropy);
      }
      systemEntropy.fill(into);
    },
  };
  expect(readAgentId(folder, slow)).toBe(winner);
  expect(readdirSync(folder)).toEqual(["agent-id"]);
});

test.each(["", "\n", "a\u0007b", `${"a".repeat(129)}`, "\u{fffd}"])(
  "a file that holds %j is refused, not replaced",
  (text) => {
    writeFileSync(join(folder, "agent-id"), text);
    expect(() => readAgentId(folder, systemEntropy)).toThrow("holds no agent id: remove it");
  },
);

test.runIf(process.getuid?.() !== 0)("a folder that can't be written is an error", () => {
  chmodSync(folder, 0o500);
  expect(() => readAgentId(folder, systemEntropy)).toThrow("EACCES");
});

test("the place for state is the platform's", () => {
  expect(defaultStateDir({ XDG_STATE_HOME: "/x" })).toBe("/x/tidewire");
  expect(defaultStateDir({ XDG_STATE_HOME: "" })).toMatch(/\/\.local\/state\/tidewire$/);
});
