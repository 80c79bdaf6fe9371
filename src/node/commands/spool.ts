import { existsSync } from "node:fs";
import { printable } from "../../inspect/mod.ts";
import { counted, size, span, timestamp } from "../../inspect/quantities.ts";
import { spoolFolderOf } from "../agent_spool.ts";
import { systemClock } from "../clock.ts";
import { type Command, type CommandIo, EXIT_FINDINGS, EXIT_OK, UsageError } from "../command.ts";
import { type Flag, flagLines, parseFlags } from "../flags.ts";
import { FolderDisk } from "../folder_disk.ts";
import { FolderLockedError, lockFolder, lockHolder } from "../process_lock.ts";
import { clearSpool, exportUnsent, type SpoolSurvey, surveySpool } from "../spool_survey.ts";

const FLAGS: readonly Flag[] = [
  {
    name: "export",
    argument: "FILE",
    summary: "Write what is unsent to a new capture: tidewire dump reads it, tidewire send sends it.",
  },
  {
    name: "clear",
    summary: "Remove everything in the spool, refused snapshots too. Needs --yes, and no agent that runs on it.",
  },
  { name: "yes", summary: "With --clear: yes, what is unsent is to be lost." },
  { name: "json", summary: "Print one JSON object." },
];

const USAGE = `tidewire spool: show what an agent keeps on disk

  tidewire spool [DIR] [options]

DIR is the folder of a spool (that of this user's agent). Files, snapshots that are not stored yet, their age, and what the
server refused, with its reason. It may be looked at and exported while the agent runs.

${flagLines(FLAGS)}

Exit codes: 0 all is well, 1 failure, 2 usage, 3 a file is damaged or snapshots were refused.

Examples
  tidewire spool /var/lib/tidewire/spool
  tidewire spool --export unsent.tide && tidewire send unsent.tide --server 127.0.0.1:7400
  tidewire spool --clear --yes
`;

/** `tidewire spool` */
export const spoolCommand: Command = {
  name: "spool",
  summary: "show, export or clear what an agent keeps on disk",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(FLAGS, args);
    if (positionals.length > 1) throw new UsageError(`found ${positionals[1]}, expected one DIR`);
    const clears = values["clear"] === true;
    if (clears && values["yes"] !== true)
      throw new UsageError("--clear loses what is not stored yet: say --clear --yes");
    if (clears && values["export"] !== undefined) throw new UsageError("--export first, then --clear");
    const folder = positionals[0] ?? spoolFolderOf({ spool: undefined, stateDir: undefined }, io.env)!;
    if (!existsSync(folder)) throw new Error(`there is no folder ${printable(folder)}; name the --spool of the agent`);
    const disk = new FolderDisk(folder);
    if (clears) return clear(folder, disk, io);
    const survey = await surveySpool(disk);
    const path = values["export"] as string | undefined;
    if (path !== undefined) return exportTo(path, disk, survey, io);
    io.stdout.write(values["json"] === true ? `${json(folder, survey)}\n` : text(folder, survey));
    const isDamaged = survey.files.some(({ damages }) => damages.length > 0);
    return isDamaged || survey.refused.length > 0 ? EXIT_FINDINGS : EXIT_OK;
  },
};

async function clear(folder: string, disk: FolderDisk, io: CommandIo): Promise<number> {
  let lock: { release(): void };
  try {
    lock = lockFolder(folder);
  } catch (error) {
    if (!(error instanceof FolderLockedError)) throw error;
    throw new Error(`an agent runs on it (${error.message}); stop it first`);
  }
  try {
    io.stdout.write(`removed ${counted(await clearSpool(disk), "file")}\n`);
  } finally {
    lock.release();
  }
  return EXIT_OK;
}

async function exportTo(path: string, disk: FolderDisk, survey: SpoolSurvey, io: CommandIo): Promise<number> {
  try {
    const count = await exportUnsent(disk, survey, path);
    io.stdout.write(`${counted(count, "unsent snapshot")} in ${printable(path)}\n`);
    return EXIT_OK;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`${printable(path)} is there already; name a new file`);
  }
}

function json(folder: string, { files, refused, refusedBytes }: SpoolSurvey): string {
  return JSON.stringify({
    folder,
    agentProcess: lockHolder(folder) ?? null,
    unsent: files.reduce((sum, { unsent }) => sum + unsent.length, 0),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    oldestUnsentUtcMs: files.flatMap(({ unsent }) => unsent.slice(0, 1))[0]?.utcMs ?? null,
    files: files.map(({ unsent, ...file }) => ({ ...file, unsent: unsent.length })),
    refused,
    refusedBytes,
  });
}

function text(folder: string, { files, refused, refusedBytes }: SpoolSurvey): string {
  const nowMs = systemClock.utcMs();
  const holder = lockHolder(folder);
  const unsent = files.flatMap((file) => file.unsent);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const oldest = unsent[0] === undefined ? "" : `, the oldest ${age(nowMs, unsent[0].utcMs)} old`;
  const lines = [
    `spool    ${printable(folder)}${holder === undefined ? ", no agent runs on it" : `, of the agent with process ${holder}`}`,
    `unsent   ${counted(unsent.length, "snapshot")}${oldest}`,
    `files    ${files.length}, ${size(bytes)}`,
  ];
  for (const file of files) {
    const { name, snapshots, unfinishedBytes, damages, firstUtcMs, lastUtcMs } = file;
    const times = firstUtcMs === undefined ? "" : `  ${timestamp(firstUtcMs)} to ${timestamp(lastUtcMs!)}`;
    lines.push(
      `  ${name}  ${size(file.bytes)}  ${file.unsent.length} of ${counted(snapshots, "snapshot")} unsent${times}`,
    );
    if (unfinishedBytes > 0) lines.push(`    ${counted(unfinishedBytes, "byte")} at its end are not whole (yet)`);
    for (const { offset, endOffset, reason } of damages) {
      lines.push(`    damaged from ${offset} to ${endOffset}: ${reason}`);
    }
  }
  lines.push(`refused  ${counted(refused.length, "snapshot")}${refused.length > 0 ? `, ${size(refusedBytes)}` : ""}`);
  for (const { snapshotId, agentId, utcMs, errorName, detail } of refused) {
    const reason = detail === "" ? errorName : `${errorName}: ${printable(detail)}`;
    lines.push(`  ${snapshotId}  of ${printable(agentId)}, ${timestamp(utcMs)}  ${reason}`);
  }
  return `${lines.join("\n")}\n`;
}

function age(nowMs: number, utcMs: number): string {
  return span(Math.max(0, Math.round(nowMs - utcMs)));
}
