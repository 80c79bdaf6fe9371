/** Every protocol of the kit; a new one adds a line here. */
import type { ProtocolDefinition } from "./definition.ts";
import { SNAPSHOT_PROTOCOL } from "./snapshot/protocol.ts";
import { SNAPSHOT_DEMO_PROTOCOL } from "./snapshot_demo/protocol.ts";
import { ZMTP_PROTOCOL } from "./zmtp/protocol.ts";

export const CATALOGUE: readonly ProtocolDefinition[] = [SNAPSHOT_PROTOCOL, SNAPSHOT_DEMO_PROTOCOL, ZMTP_PROTOCOL];
