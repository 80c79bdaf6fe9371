/** Two captures beside each other. */

export type CompareKind = "left" | "right" | "different" | "same" | "unknown";

export interface CompareLine {
  readonly kind: CompareKind;
  readonly id: string;
  readonly type: string;
  readonly leftRow: number | undefined;
  readonly rightRow: number | undefined;
  /** `payload.cpuTotalPct: 12 → 13`, one each. */
  readonly differences: readonly string[];
}

export interface CompareView {
  readonly counts: Readonly<Record<CompareKind, number>>;
  /** At most as many as the page shows; what is the same is only counted. */
  readonly lines: readonly CompareLine[];
  readonly limits: readonly string[];
}

/** Comparing two captures by message id. */
export interface CompareCalls {
  compare(ask: { readonly left: number; readonly right: number }): CompareView;
}
