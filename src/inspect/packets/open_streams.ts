import { ProtocolError } from "../../core/mod.ts";
import type { ProtocolDefinition } from "../../protocols/definition.ts";
import type { CaptureFormat } from "../capture_format.ts";
import { FileStream } from "./file_stream.ts";
import { PacketStreams } from "./packet_streams.ts";
import { PcapReader } from "./pcap_reader.ts";
import { PcapngReader } from "./pcapng_reader.ts";
import type { StreamSource } from "./stream_event.ts";

/**
 * The streams of a capture of that format.
 *
 * @throws ProtocolError `inspect/unknown-protocol` for a name that the catalogue doesn't have; `inspect/text-capture` for
 *   digits, which must be decoded first
 */
export function openStreams(
  { container, protocol }: CaptureFormat,
  catalogue: readonly ProtocolDefinition[],
): StreamSource {
  const forced = catalogue.find(({ name }) => name === protocol);
  if (forced === undefined && (protocol !== undefined || container === "stream")) {
    throw refused("inspect/unknown-protocol", `protocol ${protocol}`, catalogue.map(({ name }) => name).join(", "));
  }
  switch (container) {
    case "stream":
      return new FileStream(forced!);
    case "pcap":
      return new PacketStreams(new PcapReader(), { catalogue, forced });
    case "pcapng":
      return new PacketStreams(new PcapngReader(), { catalogue, forced });
    default:
      throw refused("inspect/text-capture", `${container} digits`, "the bytes that they stand for");
  }
}

function refused(code: string, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code, side: "local", found, expected });
}
