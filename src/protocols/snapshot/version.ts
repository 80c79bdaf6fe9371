/** Versions and ranges of them (spec §6.2). */
import type { HandshakePayload, Version, VersionRange } from "./messages.ts";

/** What this code speaks. */
export const VERSION_1_0: Version = { major: 1, minor: 0 };
export const DEFAULT_VERSIONS: VersionRange = { min: VERSION_1_0, max: VERSION_1_0 };

/** Negative, zero or positive, by (major, minor). */
export function compareVersions(a: Version, b: Version): number {
  return a.major - b.major || a.minor - b.minor;
}

/**
 * The highest version, by (major, minor), that lies in both ranges, or nothing (spec §6.2).
 *
 * @example
 * ```ts
 * import { chooseVersion } from "tidewire/snapshot";
 * const agent = { min: { major: 1, minor: 0 }, max: { major: 1, minor: 3 } };
 * const server = { min: { major: 1, minor: 0 }, max: { major: 1, minor: 0 } };
 * chooseVersion(agent, server); // { major: 1, minor: 0 }
 * ```
 */
export function chooseVersion(a: VersionRange, b: VersionRange): Version | undefined {
  const lowest = compareVersions(a.min, b.min) > 0 ? a.min : b.min;
  const highest = compareVersions(a.max, b.max) < 0 ? a.max : b.max;
  return compareVersions(lowest, highest) <= 0 ? highest : undefined;
}

/** The range that an agent's Handshake offers. */
export function offeredRange(p: HandshakePayload): VersionRange {
  return { min: { major: p.minMajor, minor: p.minMinor }, max: { major: p.maxMajor, minor: p.maxMinor } };
}

/** `1.0 to 1.3`, or `1.0` when both ends are one. */
export function describeRange({ min, max }: VersionRange): string {
  const low = `${min.major}.${min.minor}`;
  const high = `${max.major}.${max.minor}`;
  return low === high ? low : `${low} to ${high}`;
}
