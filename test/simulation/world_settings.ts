import type { SpoolLimits } from "../../src/agent/spool_options.ts";
import { DEFAULT_INGEST_LIMITS } from "../../src/ingest/mod.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import type { VersionRange } from "../../src/protocols/snapshot/mod.ts";
import type { LinkShape } from "./link.ts";
import type { SampleShape } from "./machine_samples.ts";
import type { Prng } from "./prng.ts";
import type { ServerSettings } from "./server_life.ts";

/** What a seed's fleet looks like. */
export interface FleetSettings {
  readonly agents: number;
  readonly intervalMs: number;
  readonly samples: SampleShape;
  readonly outboxBytes: number;
  readonly compresses: boolean;
}

/** The largest snapshot of a fleet: ten times as many processes as a usual one, some 40 bytes each. */
const bytesOfLargest = (samples: SampleShape): number => samples.processes * 10 * 48 + 256;

export function drawFleet(random: Prng): FleetSettings {
  const samples = { processes: random.pick([2, 8, 20]), large: random.pick([0, 0.05, 0.2]) };
  return {
    agents: random.whole(2, 5),
    intervalMs: random.pick([100, 250, 600]),
    samples,
    // The bound of a real agent's outbox is 64 KiB at least; one that holds but a few snapshots drops a lot.
    outboxBytes: random.pick([1, 1, 1, 4, 20]) * Math.max(32_768, 2 * bytesOfLargest(samples)),
    compresses: random.chance(0.25),
  };
}

/** What an agent's spool may take. Nothing for one that keeps what is not stored in memory only. */
export function drawSpool(random: Prng, { outboxBytes }: FleetSettings): SpoolLimits | undefined {
  if (random.chance(0.15)) return undefined;
  return {
    // A file is an eighth of it, and 64 KiB at least.
    maxBytes: random.pick([131_072, 1_048_576, 67_108_864]),
    // An eighth of it is the age of a file, too: short ones make many files in the minutes that a seed takes.
    maxAgeMs: random.pick([30_000, 180_000, 3_600_000, 7 * 86_400_000]),
    drop: random.pick(["oldest", "newest"]),
    memoryBytes: outboxBytes,
  };
}

export function drawVersions(random: Prng): VersionRange {
  return { min: { major: 1, minor: 0 }, max: { major: 1, minor: random.below(4) } };
}

export function drawLink(random: Prng): LinkShape {
  return {
    latencyMs: random.pick([0.05, 1, 20, 150]),
    jitterMs: random.pick([0.1, 2, 30]),
    splits: random.pick([0, 0.3, 1]),
    bufferBytes: random.pick([2_048, 65_536, 262_144]),
  };
}

/** A server is set up anew now and then: each of its lives has other settings. */
export function drawServer(random: Prng, fleet: FleetSettings, compressor: Compressor): ServerSettings {
  const largest = bytesOfLargest(fleet.samples);
  const isSmall = random.chance(0.2);
  return {
    session: {
      versions: drawVersions(random),
      heartbeatIntervalMs: random.pick([500, 1_000, 5_000]),
      targetSnapshotBytes: random.pick([256, 512, 2_048, 65_536]),
      maxUnstoredSnapshots: isSmall ? random.whole(1, 8) : random.pick([1, 2, 8, 64]),
      ...(fleet.compresses && random.chance(0.8) ? { compressor } : {}),
    },
    limits: {
      ...DEFAULT_INGEST_LIMITS,
      maxConnections: 16,
      maxBatchSnapshots: random.pick([1, 4, 512]),
      maxBatchDelayMs: random.pick([0, 5, 50]),
      // What a full queue turns away comes again up to 30 s later (spec §6.4), and only as much of it as fits: a queue that
      // is smaller than what one agent may send gets on by a few snapshots in that time.
      maxQueueSnapshots: isSmall ? random.whole(8, 16) : 4_096,
      maxQueueBytes: isSmall ? largest * random.whole(4, 8) : 1_048_576,
      maxAgentQueueBytes: isSmall ? largest * 4 : 1_048_576,
      // Frames around the slices, and what each part costs beside its bytes.
      maxReassemblyBytes: isSmall ? largest * 6 + 65_536 : 8_388_608,
    },
    store: {
      rotateBytes: random.pick([8_192, 65_536, 1e9]),
      rotateAgeMs: random.pick([5_000, 3_600_000]),
      // What is told is stored must stay long enough to be looked at: retention takes old files only.
      retainBytes: random.pick([60_000, 1e12, 1e12]),
      retainAgeMs: 1e15,
    },
  };
}
