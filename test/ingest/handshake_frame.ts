import { encodeControl, encodeFrame, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";

/** A Handshake, as a frame. */
export function handshakeFrame(agentId: string): Uint8Array {
  const messageId = new Uint8Array(16).fill(1);
  const version = { major: 1, minor: 0 };
  const payload = {
    minMajor: 1,
    minMinor: 0,
    maxMajor: 1,
    maxMinor: 0,
    capabilities: 0,
    agentVersion: "",
    hostName: "",
    osRelease: "",
    extensions: [],
  };
  return encodeFrame(
    {
      type: "handshake",
      version,
      flags: 0,
      platform: PLATFORM_LINUX,
      messageId,
      timestampUtcMs: 0,
      agentId,
      extensions: [],
    },
    encodeControl({ type: "handshake", payload }),
  );
}
