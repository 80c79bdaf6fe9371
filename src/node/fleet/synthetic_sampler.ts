import type { Clock } from "../../ports/clock.ts";
import type { MachineSample, MachineSampler, ProcessSample } from "../../ports/machine_sampler.ts";

/** As many as a machine of middle size has. */
const MEM_TOTAL_BYTES = 16 * 1024 ** 3;
/** What runs on machines; the names decide how large a snapshot is. */
const NAMES: readonly string[] = [
  ...["systemd", "postgres", "node", "nginx", "containerd-shim", "kworker/2:1-events", "sshd", "java", "python3"],
  ...["redis-server", "dockerd", "rsyslogd", "prometheus", "chrome --type=renderer", "bash", "cron"],
];

/** A machine that does not exist: each sample differs a little from the one before, and costs next to nothing. */
export class SyntheticSampler implements MachineSampler {
  readonly #clock: Clock;
  readonly #machine: number;
  readonly #processes: ProcessSample[];
  #samples = 0;
  #windowStartMs: number;

  /** @param machine its number in the fleet: machines differ */
  constructor(clock: Clock, machine: number, processes: number) {
    this.#clock = clock;
    this.#machine = machine;
    this.#windowStartMs = clock.utcMs();
    this.#processes = Array.from({ length: processes }, (_, i) => ({
      pid: 100 + i * 7 + (machine % 7),
      name: NAMES[(i + machine) % NAMES.length]!,
      cpuPct: 40 / (i + 2) ** 1.5,
      rssBytes: 4_096 * (1_000 + ((i * 7_919 + machine * 104_729) % 60_000)),
      cmdline: null,
    }));
  }

  sample(): Promise<MachineSample> {
    const n = this.#samples++;
    const windowStartMs = this.#windowStartMs;
    this.#windowStartMs = this.#clock.utcMs();
    // The busiest process goes up and down; the order stays.
    const load = 0.5 + 0.5 * Math.abs(Math.sin((this.#machine + n) / 5));
    const [busiest, ...rest] = this.#processes;
    const processes = busiest === undefined ? [] : [{ ...busiest, cpuPct: 15 + 45 * load }, ...rest];
    return Promise.resolve({
      windowStartMs,
      windowEndMs: this.#windowStartMs,
      cpuTotalPct: Math.min(100, 20 + 60 * load),
      memUsedBytes: Math.round(MEM_TOTAL_BYTES * (0.3 + 0.4 * load)),
      memTotalBytes: MEM_TOTAL_BYTES,
      processTotal: this.#processes.length + 150,
      processes,
    });
  }

  close(): void {}
}
