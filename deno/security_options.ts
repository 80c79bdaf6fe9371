import { type Address, isLoopback, nonEmpty, type PublishUrl, parsePublishUrl, whole } from "./option_values.ts";

/** How one option is written, read and explained. */
export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in the help; nothing for a switch. */
  readonly value?: string;
  readonly parse?: (text: string) => unknown;
  readonly byDefault: string;
  readonly help: string;
}

/** Who may talk to the server, and how much of it a stranger may take. */
export interface SecurityOptions {
  readonly listen: Address;
  readonly http: Address;
  readonly insecurePlaintext: boolean;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly natsCa: string | undefined;
  readonly natsCredentials: string | undefined;
  readonly httpTokenFile: string | undefined;
  readonly showCommandLines: boolean;
  readonly publish: PublishUrl | undefined;
  readonly maxHalfOpen: number;
  readonly addressHandshakes: number;
  readonly addressFailures: number;
}

/** Their part of the help. */
export const SECURITY_OPTIONS: readonly Option[] = [
  {
    name: "tls-cert",
    value: "FILE",
    parse: nonEmpty,
    byDefault: "",
    help: "speak TLS 1.3 with agents, with this certificate (PEM); SIGHUP or a change of the file brings in a new one",
  },
  { name: "tls-key", value: "FILE", parse: nonEmpty, byDefault: "", help: "its private key (PEM)" },
  {
    name: "tls-client-ca",
    value: "FILE",
    parse: nonEmpty,
    byDefault: "",
    help: "let in only agents whose certificate comes from this CA (PEM) and names their agent id",
  },
  {
    name: "nats-ca",
    value: "FILE",
    parse: nonEmpty,
    byDefault: "",
    help: "speak TLS with the NATS servers of --store, whose certificates must come from this CA (PEM)",
  },
  {
    name: "nats-credentials",
    value: "FILE",
    parse: nonEmpty,
    byDefault: "",
    help: "be known to them by this nkey seed or .creds file",
  },
  {
    name: "http-token-file",
    value: "FILE",
    parse: nonEmpty,
    byDefault: "",
    help: "HTTP requests must bring the token in this file: Authorization: Bearer …; needed beyond loopback",
  },
  {
    name: "show-command-lines",
    byDefault: "",
    help: "show command lines on the live tap and to subscribers; without it they are taken out, since they can hold passwords",
  },
  {
    name: "publish",
    value: "URL",
    parse: parsePublishUrl,
    byDefault: "",
    help: "publish what is stored to ZeroMQ subscribers: tcp://HOST:PORT; topic is the agent id, then the frame",
  },
  {
    name: "insecure-plaintext",
    byDefault: "",
    help: "allow addresses that are not loopback without TLS, though anyone on the way can read and forge what is said",
  },
  {
    name: "max-half-open",
    value: "N",
    parse: whole(1, 1_000_000),
    byDefault: "2048",
    help: "connections whose agent has not said who it is yet",
  },
  {
    name: "address-handshakes",
    value: "N",
    parse: whole(1, 1_000_000),
    byDefault: "10000",
    help: "handshakes that one address may begin in a minute",
  },
  {
    name: "address-failures",
    value: "N",
    parse: whole(1, 1_000_000),
    byDefault: "120",
    help: "and how many of them may fail before it is turned away for a while",
  },
];

/** What is wrong with the options taken together, or nothing. */
export function checkSecurity(options: SecurityOptions): string | undefined {
  const { listen, http, tlsCert, tlsKey, tlsClientCa, httpTokenFile, publish, insecurePlaintext } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) return "--tls-cert and --tls-key need each other";
  if (tlsClientCa !== undefined && tlsCert === undefined) return "--tls-client-ca needs --tls-cert and --tls-key";
  if (!isLoopback(listen.hostname) && tlsCert === undefined && !insecurePlaintext) {
    return `${openTo("--listen", listen)}; give --tls-cert and --tls-key, listen on 127.0.0.1, ${optIn}`;
  }
  if (publish !== undefined && publish.hostname !== undefined && !isLoopback(publish.hostname) && !insecurePlaintext) {
    return `--publish ${publish.url} is not a loopback address, and anyone there could read it; publish on 127.0.0.1, ${optIn}`;
  }
  if (isLoopback(http.hostname)) return undefined;
  if (httpTokenFile === undefined) {
    return `--http ${http.hostname} is not a loopback address, and anyone there could ask; give --http-token-file`;
  }
  // The token itself is readable on the way.
  return insecurePlaintext ? undefined : `${openTo("--http", http)}; answer on 127.0.0.1 behind a TLS proxy, ${optIn}`;
}

const optIn = "or say --insecure-plaintext if that network is yours alone";

function openTo(flag: string, { hostname }: Address): string {
  return `${flag} ${hostname} is not a loopback address, and what is sent there can be read and forged by anyone on the way`;
}
