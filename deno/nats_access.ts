import { checkServerIdentity } from "node:tls";
import { type Authenticator, credsAuthenticator, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { CredentialsError, parseChain, readPem } from "./tls_credentials.ts";

/** Where lies what a NATS server wants to see, and what it is to be known by. */
export interface NatsFiles {
  /** Certificates of the CAs that the NATS servers' certificates must come from; the system's without one. */
  readonly ca: string | undefined;
  /** The seed of an nkey, or a `.creds` file: a JWT and its seed. */
  readonly credentials: string | undefined;
  /** Whether TLS may be missing. */
  readonly plaintext: boolean;
  /** How the NATS servers are called in their addresses. */
  readonly hostnames: readonly string[];
}

/** The part of a connection's options that they make. */
export interface NatsAccess {
  readonly tls?: { readonly ca?: string; readonly checkServerIdentity: typeof checkServerIdentity };
  readonly authenticator?: Authenticator;
}

/** An nkey seed: its kind and whose it is, then 32 bytes and a checksum, in base32. */
const SEED = /^SU[A-Z2-7]{56}$/m;
const CREDS = /-----BEGIN NATS USER JWT-----/;

/**
 * Reads the files and tries what is in them. TLS is spoken whenever a CA is given.
 *
 * @throws CredentialsError
 */
export function readNatsAccess({ ca, credentials, plaintext, hostnames }: NatsFiles): NatsAccess {
  const checks = { checkServerIdentity: oneOf(hostnames) };
  return {
    ...(ca === undefined ? (plaintext ? {} : { tls: checks }) : { tls: { ...checks, ca: readCa(ca) } }),
    ...(credentials === undefined ? {} : { authenticator: readAuthenticator(credentials) }),
  };
}

/**
 * The client names no host when an address is a number, and the certificate would have to be localhost's. Whoever proves to be
 * one of the servers that were given is as good as the others.
 */
function oneOf(hostnames: readonly string[]): typeof checkServerIdentity {
  return (_, certificate) => {
    const faults = hostnames.map((hostname) => checkServerIdentity(hostname, certificate));
    return faults.includes(undefined) ? undefined : faults[0];
  };
}

function readCa(path: string): string {
  const pem = readPem("--nats-ca", path);
  parseChain("--nats-ca", path, pem);
  return pem;
}

function readAuthenticator(path: string): Authenticator {
  const flag = "--nats-credentials";
  const text = readPem(flag, path);
  const bytes = new TextEncoder().encode(text);
  try {
    if (CREDS.test(text)) {
      const authenticator = credsAuthenticator(bytes);
      // Signs something now: what can't be read is said at start and not on the wire.
      authenticator("nonce");
      return authenticator;
    }
    const seed = SEED.exec(text)?.[0];
    if (seed === undefined) throw new Error("found neither");
    nkeys.fromSeed(new TextEncoder().encode(seed));
    return nkeyAuthenticator(new TextEncoder().encode(seed));
  } catch (error) {
    // The text of the file is a secret: only what kind of fault it is gets into a log.
    const reason = error instanceof Error ? error.message : "unreadable";
    throw new CredentialsError(`${flag} ${path}: ${reason}, expected a user's nkey seed (SU…) or a .creds file`);
  }
}
