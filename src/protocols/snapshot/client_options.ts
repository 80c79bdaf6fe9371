/** What an agent may say of itself (spec §2, §4). */
import { ProtocolError } from "../../core/protocol_error.ts";
import type { ClientSessionOptions } from "./session_types.ts";
import { MAX_AGENT_ID_BYTES } from "./wire.ts";

/** Longer than any name or release that a system gives itself; three of them fit a frame many times over. */
const MAX_TEXT_BYTES = 1_024;

/** @throws ProtocolError `snapshot/option-out-of-range` (local) */
export function checkClientOptions(options: ClientSessionOptions): void {
  const { agentId, agentVersion, hostName, osRelease } = options;
  checkText("agentId", agentId, 1, MAX_AGENT_ID_BYTES);
  checkText("agentVersion", agentVersion, 0, MAX_TEXT_BYTES);
  checkText("hostName", hostName, 0, MAX_TEXT_BYTES);
  checkText("osRelease", osRelease, 0, MAX_TEXT_BYTES);
}

function checkText(name: string, text: string, minBytes: number, maxBytes: number): void {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes >= minBytes && bytes <= maxBytes) return;
  throw new ProtocolError({
    code: "snapshot/option-out-of-range",
    side: "local",
    found: `${name} of ${bytes} bytes`,
    expected: `${minBytes} to ${maxBytes} bytes`,
  });
}
