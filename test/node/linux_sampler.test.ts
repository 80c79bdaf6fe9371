import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LinuxSampler } from "../../src/node/linux_sampler.ts";
import type { MachineSample } from "../../src/ports/mod.ts";

let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sampler-"));
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface FakeProcess {
  readonly name?: string;
  readonly ticks?: number;
  readonly start?: number;
  readonly pages?: number;
  readonly cmdline?: string;
}

let utcMs = 10_000;

/** Writes a tree like `/proc` and samples it. */
class FakeMachine {
  readonly sampler: LinuxSampler;
  constructor(maxProcesses = 100) {
    const clock = { utcMs: () => utcMs, monotonicMs: () => utcMs };
    this.write({ total: 0, idle: 0 }, {});
    this.sampler = new LinuxSampler({ maxProcesses, cmdline: true, clock, root: folder });
  }

  write(cpu: { total: number; idle: number }, processes: Record<number, FakeProcess>): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, "stat"), `cpu  ${1_000 + cpu.total - cpu.idle} 0 0 ${1_000 + cpu.idle} 0 0 0 0 0 0\n`);
    writeFileSync(join(folder, "meminfo"), "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\n");
    mkdirSync(join(folder, "sys"));
    for (const [pid, { name = "p", ticks = 0, start = 100, pages = 1, cmdline = "" }] of Object.entries(processes)) {
      mkdirSync(join(folder, pid));
      const stat = `${pid} (${name}) S 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${start} 999 ${pages} 1\n`;
      writeFileSync(join(folder, pid, "stat"), stat);
      writeFileSync(join(folder, pid, "cmdline"), cmdline);
    }
  }

  /** Two looks: before, then after. */
  async window(
    before: [{ total: number; idle: number }, Record<number, FakeProcess>],
    after: [{ total: number; idle: number }, Record<number, FakeProcess>],
  ): Promise<MachineSample> {
    this.write(...before);
    await this.sampler.sample();
    this.write(...after);
    return this.sampler.sample();
  }
}

const NOTHING = { total: 0, idle: 0 };
const shares = (sample: MachineSample): [number, number][] => sample.processes.map(({ pid, cpuPct }) => [pid, cpuPct]);

describe("a machine made of files", () => {
  test("shares are over the window and of the whole machine", async () => {
    const machine = new FakeMachine();
    const sample = await machine.window(
      [NOTHING, { 1: { ticks: 500 }, 2: { ticks: 7 }, 30: {} }],
      [
        { total: 200, idle: 150 },
        { 1: { ticks: 510 }, 2: { ticks: 47 }, 30: { pages: 3 } },
      ],
    );
    expect(shares(sample)).toEqual([
      [2, 20],
      [1, 5],
      [30, 0],
    ]);
    expect(sample).toMatchObject({
      cpuTotalPct: 25,
      memTotalBytes: 1_024_000,
      memUsedBytes: 614_400,
      processTotal: 3,
    });
    expect(sample.processes[2]?.rssBytes).toBe(3 * 4_096);
  });

  test("the window begins where the last one ended", async () => {
    utcMs = 10_000;
    const machine = new FakeMachine();
    await machine.sampler.sample();
    utcMs = 20_000;
    expect(await machine.sampler.sample()).toMatchObject({ windowStartMs: 10_000, windowEndMs: 20_000 });
    utcMs = 25_000;
    expect(await machine.sampler.sample()).toMatchObject({ windowStartMs: 20_000, windowEndMs: 25_000 });
  });

  test("a process that began in the window counts from its start", async () => {
    const sample = await new FakeMachine().window(
      [NOTHING, { 1: { start: 100 } }],
      [
        { total: 100, idle: 0 },
        { 1: { start: 100 }, 5: { start: 300, ticks: 40 } },
      ],
    );
    expect(shares(sample)).toEqual([
      [5, 40],
      [1, 0],
    ]);
  });

  test("one that only came into sight has a past that does not count", async () => {
    const sample = await new FakeMachine().window(
      [NOTHING, { 1: { start: 100 }, 9: { start: 500 } }],
      [
        { total: 100, idle: 0 },
        { 1: { start: 100 }, 5: { start: 300, ticks: 5_000 }, 9: { start: 500 } },
      ],
    );
    expect(shares(sample)).toEqual([
      [1, 0],
      [5, 0],
      [9, 0],
    ]);
  });

  test("a pid that was used again is another process", async () => {
    const machine = new FakeMachine();
    const sample = await machine.window(
      [NOTHING, { 7: { name: "old", start: 100, ticks: 9_000, cmdline: "old" } }],
      [{ total: 100, idle: 0 }, { 7: { name: "new", start: 800, ticks: 30, cmdline: "new" } }],
    );
    expect(sample.processes).toMatchObject([{ pid: 7, name: "new", cpuPct: 30, cmdline: "new" }]);
  });

  test("counters that step back, and shares over everything, stay within 0 to 100", async () => {
    const sample = await new FakeMachine().window(
      [
        { total: 100, idle: 90 },
        { 1: { ticks: 100 }, 2: { ticks: 0 } },
      ],
      [
        { total: 110, idle: 80 },
        { 1: { ticks: 90 }, 2: { ticks: 5_000 } },
      ],
    );
    expect(shares(sample)).toEqual([
      [2, 100],
      [1, 0],
    ]);
    expect(sample.cpuTotalPct).toBe(100);
  });

  test("a machine whose counters stand still, or run back, is idle", async () => {
    const machine = new FakeMachine();
    const stopped = await machine.window([NOTHING, { 1: {} }], [NOTHING, { 1: { ticks: 5 } }]);
    expect(stopped).toMatchObject({ cpuTotalPct: 0, processes: [{ cpuPct: 0 }] });
    machine.write({ total: -500, idle: 0 }, { 1: { ticks: 9 } });
    expect(await machine.sampler.sample()).toMatchObject({ cpuTotalPct: 0, processes: [{ cpuPct: 0 }] });
  });

  test("what can't be parsed is left out, what vanished is not counted", async () => {
    const machine = new FakeMachine();
    machine.write(NOTHING, { 1: {}, 2: {}, 3: {} });
    writeFileSync(join(folder, "2", "stat"), "2 (half");
    rmSync(join(folder, "3", "stat"));
    const sample = await machine.sampler.sample();
    expect(sample.processes.map(({ pid }) => pid)).toEqual([1]);
    expect(sample.processTotal).toBe(2);
  });

  test("the list is cut by rank, and pids order what is equal, whatever order the folder has", async () => {
    const pids = Array.from({ length: 600 }, (_, i) => i * 7 + 1);
    const idle = Object.fromEntries(pids.map((pid) => [pid, {}]));
    const busy = { ...idle, 4187: { ticks: 3 }, 8: { ticks: 3 }, 50: { ticks: 9 } };
    const sample = await new FakeMachine(5).window([NOTHING, idle], [{ total: 100, idle: 0 }, busy]);
    expect(shares(sample).map(([pid]) => pid)).toEqual([50, 8, 4_187, 1, 15]);
    expect(sample.processTotal).toBe(600);
  });

  test("a command line is read once, and again when the process turns into another program", async () => {
    const machine = new FakeMachine();
    machine.write(NOTHING, { 1: { name: "sh", cmdline: "sh\0-c\0" }, 2: {} });
    expect((await machine.sampler.sample()).processes.map(({ cmdline }) => cmdline)).toEqual(["sh -c", null]);
    machine.write(NOTHING, { 1: { name: "sh", cmdline: "changed" }, 2: {} });
    expect((await machine.sampler.sample()).processes[0]?.cmdline).toBe("sh -c");
    machine.write(NOTHING, { 1: { name: "node", cmdline: "node\0x\0" }, 2: {} });
    expect((await machine.sampler.sample()).processes[0]?.cmdline).toBe("node x");
    machine.write(NOTHING, { 1: { name: "node", start: 700, cmdline: "node\0another\0" }, 2: {} });
    expect((await machine.sampler.sample()).processes[0]?.cmdline).toBe("node another");
  });

  test("a machine that can't be read is an error that says what to look at", async () => {
    const machine = new FakeMachine();
    rmSync(join(folder, "meminfo"));
    await expect(machine.sampler.sample()).rejects.toThrow("/proc/meminfo");
    rmSync(join(folder, "stat"));
    await expect(machine.sampler.sample()).rejects.toThrow("is /proc mounted?");
  });

  test("after a failure it begins anew, and nobody's whole past counts as the window's", async () => {
    const machine = new FakeMachine();
    machine.write({ total: 100, idle: 50 }, { 1: { ticks: 5_000 } });
    await machine.sampler.sample();
    rmSync(join(folder, "stat"));
    await expect(machine.sampler.sample()).rejects.toThrow();
    machine.write({ total: 300, idle: 250 }, { 1: { ticks: 5_010 } });
    expect(await machine.sampler.sample()).toMatchObject({ cpuTotalPct: 0, processes: [{ pid: 1, cpuPct: 0 }] });
  });

  test("closing ends a first window that is under way", async () => {
    const machine = new FakeMachine();
    const sampling = machine.sampler.sample();
    machine.sampler.close();
    await expect(sampling).resolves.toMatchObject({ processTotal: 0 });
  });
});

describe.runIf(process.platform === "linux")("this machine", () => {
  const clock = { utcMs: () => Date.now(), monotonicMs: () => performance.now() };
  const start = (command: string, args: string[]): number => {
    const child = spawn(command, args, { stdio: "ignore" });
    children.push(child);
    return child.pid!;
  };

  test("processes with odd names", async () => {
    const names = ["a b", "x) S 1 (y", "żółw", "(((", "-rf", "exactly15bytes!", "longer than what fits", "🐢🐢🐢🐢"];
    const pids = names.map((name) => {
      symlinkSync("/bin/sleep", join(folder, name));
      return start(join(folder, name), ["100"]);
    });
    const sampler = new LinuxSampler({ maxProcesses: Number.POSITIVE_INFINITY, cmdline: true, clock });
    const sample = await sampler.sample();
    for (const [i, name] of names.entries()) {
      const found = sample.processes.find(({ pid }) => pid === pids[i]);
      // The kernel keeps 15 bytes, wherever that cuts.
      const kept = new TextDecoder().decode(new TextEncoder().encode(name).subarray(0, 15));
      expect(found).toMatchObject({ name: kept, cmdline: `${join(folder, name)} 100` });
      expect(found!.rssBytes).toBeGreaterThan(100_000);
    }
  });

  test("its own memory, the machine's memory, every process", async () => {
    const sampler = new LinuxSampler({ maxProcesses: Number.POSITIVE_INFINITY, cmdline: false, clock });
    const sample = await sampler.sample();
    const own = sample.processes.find(({ pid }) => pid === process.pid);
    const rssBytes = process.memoryUsage.rss();
    expect(own!.rssBytes).toBeGreaterThan(rssBytes / 2);
    expect(own!.rssBytes).toBeLessThan(rssBytes * 2);
    expect(sample.memUsedBytes).toBeGreaterThan(0);
    expect(sample.memUsedBytes).toBeLessThan(sample.memTotalBytes);
    expect(sample.windowEndMs - sample.windowStartMs).toBeGreaterThanOrEqual(200);
    expect(sample.processes.every(({ cmdline }) => cmdline === null)).toBe(true);
  });

  test("a process that keeps one processor busy", async () => {
    const busy = start(process.execPath, ["-e", "for (;;);"]);
    const sampler = new LinuxSampler({ maxProcesses: 100, cmdline: false, clock });
    await sampler.sample();
    await sleep(1_500);
    const sample = await sampler.sample();
    const found = sample.processes.find(({ pid }) => pid === busy);
    const onePct = 100 / cpus().length;
    // Other work on the machine takes some of it away; it can never be more than one processor.
    expect(found!.cpuPct).toBeGreaterThan(onePct * 0.1);
    expect(found!.cpuPct).toBeLessThan(onePct * 1.2);
    expect(sample.cpuTotalPct).toBeGreaterThan(found!.cpuPct * 0.8);
    const sum = sample.processes.reduce((total, { cpuPct }) => total + cpuPct, 0);
    expect(sum).toBeLessThan(115);
  });

  test("processes that come and go while it looks", async () => {
    const sampler = new LinuxSampler({ maxProcesses: 100, cmdline: true, clock });
    const end = Date.now() + 1_500;
    const churn = (async () => {
      while (Date.now() < end) {
        start("/bin/true", []);
        await sleep(3);
      }
    })();
    while (Date.now() < end) {
      const sample = await sampler.sample();
      expect(sample.processes.length).toBeGreaterThan(3);
      await sleep(5);
    }
    await churn;
  });
});
