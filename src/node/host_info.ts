import { readFileSync } from "node:fs";
import { hostname, release } from "node:os";
import { PLATFORM_LINUX, PLATFORM_MACOS, PLATFORM_UNSPECIFIED, PLATFORM_WINDOWS } from "../protocols/snapshot/wire.ts";

/** What a Handshake says of the machine (spec §2, §4). */
export interface HostInfo {
  readonly platform: number;
  readonly hostName: string;
  /** `Debian GNU/Linux 12, 6.1.0-18-amd64` */
  readonly osRelease: string;
}

const PLATFORMS: Readonly<Record<string, number>> = {
  win32: PLATFORM_WINDOWS,
  linux: PLATFORM_LINUX,
  darwin: PLATFORM_MACOS,
};

/**
 * What the host is. On Linux from `/etc/os-release`, elsewhere from `systeminformation`: loading that takes 5 MB, a third
 * of what the agent may use, and on Linux it would read the same file.
 */
export async function readHostInfo(): Promise<HostInfo> {
  const platform = PLATFORMS[process.platform] ?? PLATFORM_UNSPECIFIED;
  const name = process.platform === "linux" ? linuxName() : await otherName();
  return { platform, hostName: hostname(), osRelease: name === "" ? release() : `${name}, ${release()}` };
}

/** os-release(5): the first of the two files that is there. */
function linuxName(): string {
  for (const path of ["/etc/os-release", "/usr/lib/os-release"]) {
    try {
      return /^PRETTY_NAME=(["']?)(.*)\1$/m.exec(readFileSync(path, "utf8"))?.[2] ?? "";
    } catch {
      // The next one; a system without either has no name to tell.
    }
  }
  return "";
}

async function otherName(): Promise<string> {
  const { osInfo } = await import("systeminformation");
  const { distro, release: version } = await osInfo();
  return `${distro} ${version}`.trim();
}
