/** A capture stepped through its sessions. */

export interface ReplayView {
  readonly steps: readonly ReplayStepView[];
  /** Row to go on with; -1 at the end. */
  readonly nextRow: number;
}

export interface ReplayStepView {
  readonly row: number;
  readonly atMs: number;
  readonly cause: string;
  readonly side: string;
  readonly title: string;
  /** What the frame says. */
  readonly summary: string;
  readonly sides: readonly {
    readonly side: string;
    readonly state: string;
    readonly timers: readonly { readonly name: string; readonly atMs: number }[];
    readonly heldBytes: number;
  }[];
  readonly transitions: readonly {
    readonly side: string;
    readonly text: string;
    readonly rule: string;
    readonly isRefused: boolean;
  }[];
  readonly events: readonly string[];
  readonly output: readonly string[];
  readonly broken: readonly { readonly code: string; readonly text: string; readonly rule: string }[];
}

/** Replaying a capture. */
export interface ReplayCalls {
  /** Goes on from `row` if the last answer's `nextRow` was that, else begins there. */
  replay(ask: {
    readonly capture: number;
    readonly sender: string;
    readonly row: number;
    readonly frames: number;
  }): ReplayView;
}
