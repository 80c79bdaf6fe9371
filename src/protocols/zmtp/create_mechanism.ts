import type { Entropy } from "../../ports/entropy.ts";
import type { Mechanism, MechanismContext } from "./mechanism.ts";
import { NullMechanism } from "./null_mechanism.ts";
import { PlainClient } from "./plain_client.ts";
import { PlainServer } from "./plain_server.ts";
import type { SecurityOptions } from "./session_types.ts";

/** The mechanism of one connection. */
export function createMechanism(security: SecurityOptions, context: MechanismContext, entropy: Entropy): Mechanism {
  switch (security.mechanism) {
    case "NULL":
      return new NullMechanism(context);
    case "PLAIN":
      return security.role === "client"
        ? new PlainClient(security.username, security.password, context)
        : new PlainServer(context);
    case "CURVE":
      return security.create(context, entropy);
  }
}
