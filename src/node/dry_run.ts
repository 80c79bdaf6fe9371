import type { AgentConfig } from "../agent/settings.ts";
import { buildSnapshot } from "../agent/snapshot_builder.ts";
import { decodeSnapshotColumns } from "../protocols/snapshot/decode_snapshot.ts";
import { encodeSnapshot } from "../protocols/snapshot/encode_snapshot.ts";
import { IdSource } from "../protocols/snapshot/ids.ts";
import { Outbound } from "../protocols/snapshot/outbound.ts";
import { snapshotFrames } from "../protocols/snapshot/snapshot_frames.ts";
import { snapshotPayload } from "../protocols/snapshot/snapshot_rows.ts";
import { DEFAULT_VERSIONS } from "../protocols/snapshot/version.ts";
import { MAX_FRAME_BYTES, TARGET_SNAPSHOT_BYTES } from "../protocols/snapshot/wire.ts";
import { agentIdOf, samplerOf } from "./agent_parts.ts";
import { systemClock } from "./clock.ts";
import { type CommandIo, EXIT_OK } from "./command.ts";
import { systemEntropy } from "./entropy.ts";
import { readHostInfo } from "./host_info.ts";
import { snapshotJson, snapshotText } from "./snapshot_text.ts";

/** Bytes in a line of the hex print. */
const HEX_LINE_BYTES = 32;

/** Prints one snapshot and the frames that would carry it (uncompressed, as to a server of the default settings). */
export async function dryRun(config: AgentConfig, json: boolean, io: CommandIo): Promise<number> {
  const agentId = agentIdOf(config, io.env);
  const { platform } = await readHostInfo();
  const sampler = await samplerOf(config);
  const ids = new IdSource(systemEntropy);
  const snapshotId = ids.next();
  const payload = encodeSnapshot(buildSnapshot(await sampler.sample(), snapshotId, config));
  sampler.close();

  const version = DEFAULT_VERSIONS.max;
  const outbound = new Outbound({ version, agentId, platform }, ids, 0);
  const rules = {
    version,
    compressor: undefined,
    targetSnapshotBytes: TARGET_SNAPSHOT_BYTES,
    maxFrameBytes: MAX_FRAME_BYTES,
  };
  const frames = snapshotFrames(payload, snapshotId, rules, outbound, systemClock.utcMs()).map(({ bytes }) => bytes);
  // What is printed is what a server would decode.
  const decoded = snapshotPayload(decodeSnapshotColumns(payload));
  if (json) {
    const rows = frames.map((frame) => ({ bytes: frame.length, hex: hex(frame) }));
    io.stdout.write(`{"snapshot":${snapshotJson(decoded)},"frames":${JSON.stringify(rows)}}\n`);
    return EXIT_OK;
  }
  io.stdout.write(`${snapshotText(decoded)}\n`);
  for (const [i, frame] of frames.entries()) {
    io.stdout.write(`frame ${i + 1} of ${frames.length}, ${frame.length} bytes, not sent\n`);
    for (let at = 0; at < frame.length; at += HEX_LINE_BYTES) {
      io.stdout.write(`  ${hex(frame.subarray(at, at + HEX_LINE_BYTES))}\n`);
    }
  }
  return EXIT_OK;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
