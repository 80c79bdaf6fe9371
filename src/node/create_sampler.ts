import type { MachineSampler } from "../ports/machine_sampler.ts";
import { LinuxSampler, type SamplerOptions } from "./linux_sampler.ts";

/** The sampler for this platform. */
export async function createSampler(options: SamplerOptions): Promise<MachineSampler> {
  if (process.platform === "linux") return new LinuxSampler(options);
  const { SysteminformationSampler } = await import("./systeminformation_sampler.ts");
  return new SysteminformationSampler(options);
}
