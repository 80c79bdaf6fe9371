import { idHex } from "../protocols/snapshot/ids.ts";
import type { SnapshotPayload } from "../protocols/snapshot/messages.ts";
import { SELECTION_ALL, SELECTION_TRUNCATED } from "../protocols/snapshot/wire.ts";

/** Command lines and names may hold anything, escape sequences for the terminal too. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A snapshot for people: the machine, then a line for each process. */
export function snapshotText(snapshot: SnapshotPayload): string {
  const { windowStartMs, windowEndMs, processes, processTotal, selection, memUsedBytes, memTotalBytes } = snapshot;
  const seconds = (Number(windowEndMs) - Number(windowStartMs)) / 1_000;
  const memPct = (Number(memUsedBytes) / Number(memTotalBytes)) * 100;
  const asked = (selection & SELECTION_ALL) !== 0 ? "all asked for" : "those that use most CPU";
  const cut = (selection & SELECTION_TRUNCATED) !== 0 ? "" : ", none left out";
  const lines = [
    `snapshot   ${idHex(snapshot.snapshotId)}`,
    `window     ${new Date(Number(windowEndMs)).toISOString()}, ${seconds.toFixed(1)} s`,
    `cpu        ${snapshot.cpuTotalPct.toFixed(1)} % of all processors`,
    `memory     ${mebibytes(memUsedBytes)} of ${mebibytes(memTotalBytes)} MiB used (${memPct.toFixed(1)} %)`,
    `processes  ${processes.length} of ${processTotal}, ${asked}${cut}`,
    "",
    "    PID   CPU %    RSS MiB  NAME",
  ];
  for (const { pid, cpuPct, rssBytes, name, cmdline } of processes) {
    const numbers = `${String(pid).padStart(7)} ${cpuPct.toFixed(2).padStart(7)} ${mebibytes(rssBytes).padStart(10)}`;
    lines.push(`${numbers}  ${printable(name)}${cmdline === null ? "" : `  ${printable(cmdline)}`}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A snapshot as JSON, in the shape of the `payload` of a decoded frame. */
export function snapshotJson({ snapshotId, ...rest }: SnapshotPayload): string {
  return JSON.stringify({ snapshotId: idHex(snapshotId), ...rest });
}

function mebibytes(bytes: number | bigint): string {
  return (Number(bytes) / 1_048_576).toFixed(1);
}

function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\u{fffd}");
}
