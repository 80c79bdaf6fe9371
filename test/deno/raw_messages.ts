import { encodeControl, encodeFrame, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";

/** Frames for peers that no session would make. */
export function rawMessages(
  agentId: string,
  capabilities = 0,
): { readonly handshake: Uint8Array; readonly heartbeat: Uint8Array } {
  const messageId = new Uint8Array(16).fill(1);
  const version = { major: 1, minor: 0 };
  const envelope = {
    version,
    flags: 0,
    platform: PLATFORM_LINUX,
    messageId,
    timestampUtcMs: 0,
    agentId,
    extensions: [],
  };
  const names = { agentVersion: "", hostName: "", osRelease: "" };
  const range = { minMajor: 1, minMinor: 0, maxMajor: 1, maxMinor: 0, capabilities };
  const payload = { ...range, ...names, extensions: [] };
  const beat = { queuedSnapshots: 0, droppedSnapshots: 0, extensions: [] };
  return {
    handshake: encodeFrame({ ...envelope, type: "handshake" }, encodeControl({ type: "handshake", payload })),
    heartbeat: encodeFrame({ ...envelope, type: "heartbeat" }, encodeControl({ type: "heartbeat", payload: beat })),
  };
}
