import { hostAndPort, isLoopback, splitAddress, type ValueParser } from "../agent/config_values.ts";
import { printable } from "../inspect/mod.ts";
import { UsageError } from "./command.ts";
import type { ParsedFlags } from "./flags.ts";

/**
 * The value of a flag.
 *
 * @throws UsageError that says what was found and what is expected
 */
export function parseOption<T>(flag: string, found: unknown, parser: ValueParser<T>): T {
  const parsed = parser(found);
  if ("value" in parsed) return parsed.value;
  throw new UsageError(`--${flag}: found ${printable(String(found))}, expected ${parsed.expected}`);
}

/**
 * Where to send, from `--server` and `--insecure-plaintext`.
 *
 * @param isEncrypted whether TLS was asked for
 * @throws UsageError when it is missing, no address, or would take plaintext off this machine
 */
export function serverOption(values: ParsedFlags["values"], isEncrypted: boolean): string {
  if (values["server"] === undefined) {
    throw new UsageError("--server HOST:PORT is missing: where do the snapshots go?");
  }
  const server = parseOption("server", values["server"], hostAndPort);
  if (isLoopback(splitAddress(server)!.host) || values["insecure-plaintext"] === true || isEncrypted) return server;
  throw new UsageError(
    `--server: found ${server}, which is not this machine, expected --tls-ca or --tls, a loopback address, or --insecure-plaintext to send unencrypted`,
  );
}

/** What to speak TLS with, as flags name it. */
export interface TlsOptions {
  readonly tlsCa: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

/** From `--tls`, `--tls-ca`, `--tls-cert` and `--tls-key`; nothing when none is given. */
export function tlsOptions(values: ParsedFlags["values"]): TlsOptions | undefined {
  const path = (name: string): string | undefined => values[name] as string | undefined;
  const files = { tlsCa: path("tls-ca"), tlsCert: path("tls-cert"), tlsKey: path("tls-key") };
  if ((files.tlsCert === undefined) !== (files.tlsKey === undefined)) {
    throw new UsageError("--tls-cert and --tls-key need each other");
  }
  return (values["tls"] ?? (files.tlsCa ?? files.tlsCert) !== undefined) ? files : undefined;
}
