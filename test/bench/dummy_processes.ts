import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Long enough for every bench; they are ended before. */
const LIFE_S = "3600";
/** Until the machine has come to rest after so many starts. */
const SETTLE_MS = 2_000;

/** Runs `work` while so many processes more than usual sleep on this machine. */
export async function withDummyProcesses<T>(count: number, work: () => Promise<T>): Promise<T> {
  const dummies: ChildProcess[] = [];
  try {
    for (let i = 0; i < count; i++) dummies.push(spawn("sleep", [LIFE_S], { stdio: "ignore" }));
    await sleep(SETTLE_MS);
    return await work();
  } finally {
    for (const dummy of dummies) dummy.kill("SIGKILL");
  }
}
