/** Parsers of what Linux writes under `/proc` (proc(5)), on bytes, without splitting strings. */

const SPACE = 0x20;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const OPEN = 0x28;
const CLOSE = 0x29;

/** What one `/proc/<pid>/stat` says. One object, overwritten by each parse, because a sample parses hundreds. */
export interface ProcessStat {
  /** Where the name stands in the buffer. */
  nameAt: number;
  nameBytes: number;
  /** User and system time, in clock ticks. */
  cpuTicks: number;
  /** Start after boot, in clock ticks: with the pid it names one process for good. */
  startTicks: number;
  rssPages: number;
}

/** What `/proc/stat` says of all processors together, in clock ticks. */
export interface CpuTicks {
  totalTicks: number;
  idleTicks: number;
}

// Fields of /proc/<pid>/stat, counted from the one after the name (proc(5) counts it as field 3).
const UTIME = 11;
const STIME = 12;
const STARTTIME = 19;
const RSS = 21;

/**
 * Parses one `/proc/<pid>/stat`. The name may hold spaces and parentheses, so it ends at the last `)`.
 *
 * @returns false when it is not whole
 */
export function parseProcessStat(bytes: Uint8Array, length: number, into: ProcessStat): boolean {
  const open = bytes.indexOf(OPEN);
  let close = length - 1;
  while (close > open && bytes[close] !== CLOSE) close--;
  if (open < 0 || open >= length || close <= open) return false;
  into.nameAt = open + 1;
  into.nameBytes = close - open - 1;
  let at = close + 2;
  let userTicks = 0;
  for (let field = 0; field <= RSS; field++) {
    let value = 0;
    // Negative numbers and the state letter stand only in fields that are not read.
    for (; at < length && bytes[at] !== SPACE && bytes[at] !== NEWLINE; at++) value = value * 10 + bytes[at]! - ZERO;
    if (at >= length && field < RSS) return false;
    at++;
    if (field === UTIME) userTicks = value;
    else if (field === STIME) into.cpuTicks = userTicks + value;
    else if (field === STARTTIME) into.startTicks = value;
    // Pages are a signed number to the kernel; a negative one would be a race in its counters.
    else if (field === RSS) into.rssPages = Math.max(0, value);
  }
  return true;
}

/** Busy columns are user, nice, system, irq, softirq, steal; guest time is within user. Idle ones are idle and iowait. */
const CPU_COLUMNS = 8;
const IDLE_COLUMN = 3;
const IOWAIT_COLUMN = 4;

/** Parses the first line of `/proc/stat`. @returns false when it is not there */
export function parseCpuTicks(bytes: Uint8Array, length: number, into: CpuTicks): boolean {
  const at = endOf(bytes, length, "cpu ");
  if (at < 0) return false;
  into.totalTicks = 0;
  into.idleTicks = 0;
  const number = { at, value: 0 };
  for (let column = 0; column < CPU_COLUMNS && nextNumber(bytes, length, number); column++) {
    into.totalTicks += number.value;
    if (column === IDLE_COLUMN || column === IOWAIT_COLUMN) into.idleTicks += number.value;
  }
  return into.totalTicks > 0;
}

/** A line of `/proc/meminfo`, as bytes; nothing when it has none. */
export function parseMeminfo(bytes: Uint8Array, length: number, label: string): number | undefined {
  const at = endOf(bytes, length, `${label}:`);
  const number = { at, value: 0 };
  // The kernel's "kB" are 1,024 bytes.
  return at >= 0 && nextNumber(bytes, length, number) ? number.value * 1_024 : undefined;
}

/** The next decimal number on the line. */
function nextNumber(bytes: Uint8Array, length: number, number: { at: number; value: number }): boolean {
  let at = number.at;
  while (at < length && bytes[at] === SPACE) at++;
  const start = at;
  let value = 0;
  for (; at < length && bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9; at++) value = value * 10 + bytes[at]! - ZERO;
  number.at = at;
  number.value = value;
  return at > start;
}

/** Where the line that begins with `label` goes on after it; -1 when there is none. */
function endOf(bytes: Uint8Array, length: number, label: string): number {
  for (let at = 0; at + label.length <= length; ) {
    let i = 0;
    while (i < label.length && bytes[at + i] === label.charCodeAt(i)) i++;
    if (i === label.length) return at + i;
    while (at < length && bytes[at] !== NEWLINE) at++;
    at++;
  }
  return -1;
}
