import { crc32 as zlibCrc32 } from "node:zlib";
import { loadCore } from "../../src/core/mod.ts";
import { type BenchReport, importPeer, machine, measureCase } from "./measure.ts";

export const name = "crc";

/** CRC-32 of data that lies in the core's memory; zlib and the other peers read the same bytes in place. */
export async function run(): Promise<BenchReport> {
  const core = loadCore();
  const crc32Js = await importPeer("crc-32");
  const nodeRs = await importPeer("@node-rs/crc32");
  const sumJs = (crc32Js?.["buf"] ?? (crc32Js?.["default"] as Record<string, unknown> | undefined)?.["buf"]) as
    | ((bytes: Uint8Array) => number)
    | undefined;
  const sumNodeRs = nodeRs?.["crc32"] as ((bytes: Uint8Array) => number) | undefined;
  for (let i = 0; i < core.input.length; i++) core.input[i] = (i * 167 + (i >>> 8) * 13) & 0xff;

  const rows = [
    { bytes: 100 },
    { bytes: 1_024, atLeast: 1.5 },
    { bytes: 4_096 },
    { bytes: 16_384, atLeast: 3 },
    { bytes: 262_144, atLeast: 3 },
  ].map(({ bytes, atLeast }) => {
    const data = core.input.subarray(0, bytes);
    return measureCase({
      case: `${bytes} B`,
      ours: () => core.crc32(data),
      peers: {
        "zlib.crc32": () => zlibCrc32(data),
        "crc-32": sumJs === undefined ? null : () => sumJs(data),
        "@node-rs/crc32": sumNodeRs === undefined ? null : () => sumNodeRs(data),
      },
      ...(atLeast === undefined ? {} : { target: { peer: "zlib.crc32", atLeast } }),
    });
  });
  return { bench: name, machine: machine(), rows };
}
