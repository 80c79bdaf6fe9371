import { connect } from "node:tls";
import { splitAddress } from "../agent/config_values.ts";
import type { Dialer } from "../ports/byte_stream.ts";
import type { AgentCredentials } from "./agent_credentials.ts";
import { dialSocket } from "./tcp_dialer.ts";

/** What a person can do about the usual reasons; the code is Node's. */
const HINTS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: "its CA is not one that this agent trusts; give its certificate with --tls-ca",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it vouches for itself; give the certificate of its CA with --tls-ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its CA is not one that this agent trusts; give its certificate with --tls-ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its CA is not one that this agent trusts; give its certificate with --tls-ca",
  CERT_HAS_EXPIRED: "the server needs a new certificate, or this machine's clock is wrong",
  CERT_NOT_YET_VALID: "this machine's clock may be wrong",
  ERR_TLS_CERT_ALTNAME_INVALID: "give --server a name that the certificate has, or make one with this name",
  EPROTO: "the server may not speak TLS 1.3 there",
};

/** Opens TLS 1.3 connections: the server's certificate must come from a trusted CA and name the host that was dialled. */
export function tlsDialer(credentials: AgentCredentials): Dialer {
  return {
    async dial(address) {
      const target = splitAddress(address);
      if (target === undefined) throw new Error(`found ${address}, expected host:port`);
      const secureContext = credentials.current();
      try {
        return await dialSocket(address, "secureConnect", (receive) => {
          const socket = connect({ ...target, secureContext });
          // Not `onread`: several records decrypted at once would go into its one buffer, one over the other.
          socket.on("data", (chunk: Uint8Array) => {
            // A Buffer's `slice` shares memory; what goes on is the plain thing.
            if (!receive(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))) socket.pause();
          });
          return socket;
        });
      } catch (error) {
        const { message, code } = error as NodeJS.ErrnoException;
        const hint = HINTS[code ?? ""];
        throw new Error(`TLS with ${address}: ${message.trim()}${hint === undefined ? "" : ` (${hint})`}`);
      }
    },
  };
}
