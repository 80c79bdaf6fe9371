import type { Scheduler } from "./scheduler.ts";

/** A promise that was broken. */
export interface Violation {
  /** Which promise, as `docs` of this folder name it. */
  readonly invariant: string;
  readonly detail: string;
  readonly step: number;
  readonly atMs: number;
}

/** What happened in a run, by name: faults, and what came of them. */
export class Counts {
  readonly byName: Map<string, number> = new Map();

  add(name: string, count = 1): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + count);
  }

  max(name: string, value: number): void {
    if (value > (this.byName.get(name) ?? 0)) this.byName.set(name, value);
  }

  of(name: string): number {
    return this.byName.get(name) ?? 0;
  }
}

/** What every part of the world shares. */
export class Env {
  readonly scheduler: Scheduler;
  readonly counts: Counts = new Counts();
  /** The last steps in readable form; kept only when somebody is going to read them. */
  readonly trace: string[] | undefined;
  violation: Violation | undefined;

  constructor(scheduler: Scheduler, keepsTrace: boolean) {
    this.scheduler = scheduler;
    this.trace = keepsTrace ? [] : undefined;
  }

  /** @param text called only when the trace is kept */
  note(who: string, text: () => string): void {
    if (this.trace === undefined) return;
    const { steps, nowMs } = this.scheduler;
    const at = `${String(steps).padStart(7)} ${(nowMs / 1_000).toFixed(4).padStart(11)} s`;
    this.trace.push(`${at}  ${who.padEnd(12)} ${text()}`);
  }

  /** The first one ends the run. */
  violate(invariant: string, detail: string): void {
    const { steps, nowMs } = this.scheduler;
    this.violation ??= { invariant, detail, step: steps, atMs: nowMs };
    this.note("VIOLATION", () => `${invariant}: ${detail}`);
  }
}
