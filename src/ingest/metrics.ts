/** One time series of a family. */
export interface MetricSample {
  /** Label names and values; empty for a family without labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How a family's values behave over time. */
export type MetricKind = "counter" | "gauge";

/** A metric as plain data: what `prometheusText` prints and what tests read. */
export interface MetricFamily {
  readonly name: string;
  readonly kind: MetricKind;
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** A number that only grows; with a label name it is one number for each value of the label. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #label: string | undefined;
  readonly #values = new Map<string, number>();

  /** @param label the one label that tells the series apart; its values must come from a closed set */
  constructor(name: string, help: string, label?: string) {
    this.#name = name;
    this.#help = help;
    this.#label = label;
    if (label === undefined) this.#values.set("", 0);
  }

  add(count = 1, labelValue = ""): void {
    this.#values.set(labelValue, (this.#values.get(labelValue) ?? 0) + count);
  }

  value(labelValue = ""): number {
    return this.#values.get(labelValue) ?? 0;
  }

  family(): MetricFamily {
    const label = this.#label;
    const samples = [...this.#values].map(([labelValue, value]) => ({
      labels: label === undefined ? {} : { [label]: labelValue },
      value,
    }));
    return { name: this.#name, kind: "counter", help: this.#help, samples };
  }
}

/** A gauge as it stands now. */
export function gauge(name: string, help: string, value: number): MetricFamily {
  return { name, kind: "gauge", help, samples: [{ labels: {}, value }] };
}
