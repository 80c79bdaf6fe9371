import { type Address, isLoopback, parseAddress } from "./option_values.ts";

/** Where a stream is, as `--store` says it. */
export interface JetstreamAddress {
  /** Any of them will do; the others are for when it fails. */
  readonly servers: readonly Address[];
  readonly stream: string;
  /** The agents' subjects are `<subjectPrefix>.<agent>`. */
  readonly subjectPrefix: string;
  /** Make the stream, with that many replicas, if it is not there. */
  readonly createReplicas: number | undefined;
}

/** What the agents' subjects begin with. */
export const SUBJECT_PREFIX = "tidewire.snapshots";
/** As many as a NATS cluster lets a stream have. */
const MAX_REPLICAS = 5;
/** More addresses than any cluster's has. */
const MAX_SERVERS = 32;

const EXPECTED = "jetstream://HOST:PORT[,HOST:PORT…]/STREAM[?create=replicas=N][&subject=PREFIX]";

/**
 * Reads `jetstream://127.0.0.1:4222,127.0.0.1:4223/FLEET?create=replicas=3`.
 *
 * @throws Error that says what was expected
 */
export function parseJetstreamAddress(text: string): JetstreamAddress {
  const match = /^jetstream:\/\/([^/?#]+)\/([A-Za-z0-9_-]{1,64})(?:\?([^#]*))?$/.exec(text);
  if (match === null) throw new Error(`is no ${EXPECTED}`);
  const servers = match[1]!.split(",");
  if (servers.length > MAX_SERVERS) throw new Error(`names more than ${MAX_SERVERS} servers`);
  let createReplicas: number | undefined;
  let subjectPrefix = SUBJECT_PREFIX;
  for (const [name, value] of new URLSearchParams(match[3] ?? "")) {
    if (name === "create") createReplicas = parseReplicas(value);
    else if (name === "subject") subjectPrefix = parsePrefix(value);
    else throw new Error(`has ${name}=, which is none of create, subject: ${EXPECTED}`);
  }
  return { servers: servers.map(parseAddress), stream: match[2]!, subjectPrefix, createReplicas };
}

/** Whether every server is on this machine, so that nothing is sent over a network. */
export function isLocal(address: JetstreamAddress): boolean {
  return address.servers.every(({ hostname }) => isLoopback(hostname));
}

function parseReplicas(value: string): number {
  const replicas = Number(/^replicas=(\d)$/.exec(value)?.[1]);
  if (!(replicas >= 1 && replicas <= MAX_REPLICAS)) throw new Error(`has create=${value}, expected create=replicas=3`);
  return replicas;
}

function parsePrefix(value: string): string {
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(value)) throw new Error(`has subject=${value}, which is no subject`);
  return value;
}
