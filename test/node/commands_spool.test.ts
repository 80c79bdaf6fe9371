import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Spool } from "../../src/agent/spool.ts";
import { FolderDisk, makeFolder } from "../../src/node/folder_disk.ts";
import { lockFolder } from "../../src/node/process_lock.ts";
import { entryOf, numberOf, UTC_MS } from "../agent/spool_fixture.ts";
import { CliProcess } from "./cli_process.ts";

const cli = new CliProcess();
beforeAll(() => cli.build());
afterAll(() => cli.remove());

/** A folder with a spool in it: 1 is stored, 2 refused, 3 to 5 unsent. */
async function makeSpool(name: string): Promise<string> {
  const folder = join(cli.folder, name);
  await makeFolder(folder);
  const spool = await Spool.open({
    disk: new FolderDisk(folder),
    agentId: "agent-1",
    platform: 2,
    entropy: { fill: (into) => into.fill(7) },
    limits: { maxBytes: 1_048_576, maxAgeMs: 1e12, drop: "oldest", memoryBytes: 1_048_576 },
    utcOffsetMs: UTC_MS,
    onRecovery: () => {},
  });
  for (const n of [1, 2, 3, 4, 5]) spool.add(entryOf(n, 500), 0);
  for (let one = spool.takeWaiting(0); one; one = spool.takeWaiting(0)) {
    if (numberOf(one) === 1) spool.remove(one.snapshotId);
    if (numberOf(one) === 2) spool.remove(one.snapshotId, { errorName: "PAYLOAD_MALFORMED", detail: "bad \u001b[2J" });
  }
  await spool.close();
  return folder;
}

describe("tidewire spool", () => {
  test("shows files, what is unsent, and what was refused with its reason", async () => {
    const folder = await makeSpool("shown");
    const { code, out } = await cli.run("spool", folder);
    expect(code).toBe(3);
    expect(out).toContain("no agent runs on it");
    expect(out).toMatch(/unsent {3}3 snapshots, the oldest .* old/);
    expect(out).toContain("refused  1 snapshot");
    expect(out).toContain("PAYLOAD_MALFORMED: bad \\u{1b}[2J");
  });

  test("--json has the same", async () => {
    const folder = await makeSpool("json");
    const { out } = await cli.run("spool", folder, "--json");
    const found = JSON.parse(out);
    expect(found).toMatchObject({ unsent: 3, agentProcess: null, oldestUnsentUtcMs: UTC_MS });
    expect(found.files).toMatchObject([
      { name: "spool-0000000000000001.tide", unsent: 3, unfinishedBytes: 0, damages: [] },
    ]);
    expect(found.refused).toMatchObject([{ agentId: "agent-1", errorName: "PAYLOAD_MALFORMED" }]);
  });

  test("dump reads its files", async () => {
    const folder = await makeSpool("dumped");
    const file = join(folder, "spool-0000000000000001.tide");
    const { code, out } = await cli.run("dump", "--json", file);
    expect(code).toBe(0);
    expect(out.trim().split("\n").length).toBeGreaterThanOrEqual(4);
    expect((await cli.run("check", file)).code).toBe(0);
  });

  test("--export writes what is unsent as a capture, and nothing over a file that is there", async () => {
    const folder = await makeSpool("exported");
    const path = join(cli.folder, "unsent.tide");
    expect(await cli.run("spool", folder, "--export", path)).toMatchObject({
      code: 0,
      out: `3 unsent snapshots in ${path}\n`,
    });
    const { out } = await cli.run("dump", "--json", path);
    const rows = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ type }) => type)).toEqual(["snapshot", "snapshot", "snapshot"]);
    const again = await cli.run("spool", folder, "--export", path);
    expect(again.code).toBe(1);
    expect(again.err).toContain("is there already");
  });

  test("--clear asks to be sure, spares a running agent's, and removes nothing else", async () => {
    const folder = await makeSpool("cleared");
    writeFileSync(join(folder, "notes.txt"), "mine");
    expect(await cli.run("spool", folder, "--clear")).toMatchObject({ code: 2 });
    const lock = lockFolder(folder);
    const refused = await cli.run("spool", folder, "--clear", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("stop it first");
    lock.release();
    expect(await cli.run("spool", folder, "--clear", "--yes")).toMatchObject({ code: 0, out: "removed 2 files\n" });
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("mine");
    expect(await cli.run("spool", folder)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, ".lock"))).toBe(false);
  });

  test("tells damage, and exits with 3", async () => {
    const folder = await makeSpool("damaged");
    const file = join(folder, "spool-0000000000000001.tide");
    const bytes = readFileSync(file);
    bytes[700] = bytes[700]! ^ 1;
    writeFileSync(file, bytes);
    const { code, out } = await cli.run("spool", folder);
    expect(code).toBe(3);
    expect(out).toMatch(/damaged from \d+ to \d+: crc-mismatch/);
  });

  test("a folder that is not there is a failure that says what to name", async () => {
    const { code, err } = await cli.run("spool", join(cli.folder, "nowhere"));
    expect(code).toBe(1);
    expect(err).toContain("--spool");
  });
});
