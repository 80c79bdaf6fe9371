import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wholeNumber } from "../../agent/config_values.ts";
import { MAX_AGENT_ID_BYTES } from "../../protocols/snapshot/wire.ts";
import { agentUri, type IssuedCertificate, issueAgent, issueCa, issueServer, type Validity } from "../certificates.ts";
import { type Command, type CommandIo, EXIT_OK, UsageError } from "../command.ts";
import { type Flag, flagLines, type ParsedFlags, parseFlags } from "../flags.ts";

const DAY_MS = 86_400_000;
/** Clocks of a fleet differ; a certificate that is not good yet is hard to tell from one that is wrong. */
const BACKDATE_MS = 3_600_000;
/** The largest time that every reader of certificates understands lies beyond it. */
const MAX_DAYS = 36_500;
const CA_DAYS = 3_650;
const LEAF_DAYS = 365;

const OUT: Flag = { name: "out", argument: "DIR", summary: "Where the files go (the CA's folder); made if needed." };
const CA: Flag = { name: "ca", argument: "DIR", summary: "The folder with ca.pem and ca.key." };
const DAYS: Flag = {
  name: "days",
  argument: "N",
  summary: `How long it is good for (ca: ${CA_DAYS}, others: ${LEAF_DAYS}).`,
};
const FLAGS = {
  ca: [{ ...OUT, summary: "Where ca.pem and ca.key go; made if needed." }, DAYS],
  server: [
    CA,
    { name: "name", argument: "HOST[,IP…]", summary: "What agents connect to: host names and IP addresses." },
    OUT,
    DAYS,
  ],
  agent: [
    CA,
    { name: "id", argument: "AGENT_ID", summary: "Who may use it: the agent's id, and no other." },
    OUT,
    DAYS,
  ],
} as const satisfies Record<string, readonly Flag[]>;

const USAGE = `tidewire cert: make a private CA, and certificates of servers and agents

  tidewire cert ca --out DIR
${flagLines(FLAGS.ca)}

  tidewire cert server --ca DIR --name HOST[,IP…]
${flagLines(FLAGS.server)}

  tidewire cert agent --ca DIR --id AGENT_ID
${flagLines(FLAGS.agent)}

Keys are ECDSA P-256 and readable by their owner only. No file is ever written over. Whoever has ca.key can be any server
and any agent: it stays where certificates are made.

Examples
  tidewire cert ca --out pki
  tidewire cert server --ca pki --name db.example,10.0.0.5
  tidewire cert agent --ca pki --id db-1
`;

/** `tidewire cert` */
export const certCommand: Command = {
  name: "cert",
  summary: "make a private CA, and certificates of servers and agents",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const [kind, ...rest] = args;
    if (kind !== "ca" && kind !== "server" && kind !== "agent") {
      throw new UsageError(`found ${kind ?? "nothing"}, expected ca, server or agent`);
    }
    const { values, positionals } = parseFlags(FLAGS[kind], rest);
    if (positionals.length > 0) throw new UsageError(`found ${positionals[0]}, expected options only`);
    if (kind === "ca") return makeCa(values, io);
    return kind === "server" ? makeServer(values, io) : makeAgent(values, io);
  },
};

type Values = ParsedFlags["values"];

async function makeCa(values: Values, io: CommandIo): Promise<number> {
  const files = filesAt(needed(values, "out", "DIR"), "ca");
  refuseOverwriting(files);
  keep(files, await issueCa("Tidewire private CA", validity(values, CA_DAYS)));
  tell(io, files, [
    `${files.certificate}  goes to every server (--tls-client-ca) and every agent (--tls-ca); it is no secret`,
    `${files.key}  stays here: whoever has it can be any server and any agent`,
    `Next: tidewire cert server --ca ${values["out"]} --name HOST`,
  ]);
  return EXIT_OK;
}

async function makeServer(values: Values, io: CommandIo): Promise<number> {
  const ca = needed(values, "ca", "DIR");
  const names = needed(values, "name", "HOST[,IP…]").split(",");
  const odd = names.find((name) => !/^[A-Za-z0-9*._:-]{1,253}$/.test(name));
  if (odd !== undefined)
    throw new UsageError(`--name: found ${JSON.stringify(odd)}, expected host names and IP addresses`);
  const files = filesAt((values["out"] as string | undefined) ?? ca, "server");
  refuseOverwriting(files);
  keep(files, await issueServer(readCa(ca), names, validity(values, LEAF_DAYS)));
  tell(io, files, [
    `On the server: --tls-cert ${files.certificate} --tls-key ${files.key} --tls-client-ca ${join(ca, "ca.pem")}`,
    `  (and --allow-read for these files; without --tls-client-ca agents need no certificates)`,
    `Next: tidewire cert agent --ca ${ca} --id AGENT_ID`,
  ]);
  return EXIT_OK;
}

async function makeAgent(values: Values, io: CommandIo): Promise<number> {
  const ca = needed(values, "ca", "DIR");
  const id = needed(values, "id", "AGENT_ID");
  if (Buffer.byteLength(id) > MAX_AGENT_ID_BYTES || /\p{Cc}/u.test(id)) {
    throw new UsageError(`--id: expected 1 to ${MAX_AGENT_ID_BYTES} bytes without control characters`);
  }
  // What no file system minds, and short enough for all; two ids that look alike meet the refusal to overwrite.
  const name = `agent-${id.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 100)}`;
  const files = filesAt((values["out"] as string | undefined) ?? ca, name);
  refuseOverwriting(files);
  keep(files, await issueAgent(readCa(ca), id, validity(values, LEAF_DAYS)));
  tell(io, files, [
    `It is made out to ${agentUri(id)}: the server lets it in as agent ${id} and as no other.`,
    `On that machine: tidewire agent --agent-id ${shown(id)} --tls-ca ${join(ca, "ca.pem")} --tls-cert ${files.certificate} --tls-key ${files.key} --server HOST:PORT`,
    "  (copy the three files there; ca.key is not among them)",
  ]);
  return EXIT_OK;
}

interface Files {
  readonly dir: string;
  readonly certificate: string;
  readonly key: string;
}

function filesAt(dir: string, name: string): Files {
  return { dir, certificate: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
}

function refuseOverwriting({ certificate, key }: Files): void {
  const there = [certificate, key].find((path) => existsSync(path));
  if (there === undefined) return;
  throw new Error(`${there} is there already, and is not written over: give another --out, or move it away`);
}

function readCa(dir: string): IssuedCertificate {
  const { certificate, key } = filesAt(dir, "ca");
  try {
    const ca = { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
    const parsed = new X509Certificate(ca.certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(ca.key))) throw new Error(`${key} is not the key of ${certificate}`);
    if (Date.parse(parsed.validTo) <= Date.now()) throw new Error(`${certificate} has expired`);
    return ca;
  } catch (error) {
    throw new Error(`--ca ${dir}: ${(error as Error).message}. Make a CA first: tidewire cert ca --out ${dir}`);
  }
}

function keep({ dir, certificate, key }: Files, issued: IssuedCertificate): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(key, issued.key, { mode: 0o600, flag: "wx" });
  chmodSync(key, 0o600);
  writeFileSync(certificate, issued.certificate, { mode: 0o644, flag: "wx" });
}

function tell(io: CommandIo, { certificate, key }: Files, lines: readonly string[]): void {
  io.stdout.write(`${[`made ${certificate} and ${key}`, ...lines].join("\n")}\n`);
}

function validity(values: Values, fallbackDays: number): Validity {
  const parsed = wholeNumber(1, MAX_DAYS)(values["days"] ?? fallbackDays);
  if (!("value" in parsed)) throw new UsageError(`--days: expected ${parsed.expected}`);
  const nowMs = Date.now();
  return { fromMs: nowMs - BACKDATE_MS, toMs: nowMs + parsed.value * DAY_MS };
}

function needed(values: Values, name: string, argument: string): string {
  const value = values[name];
  if (typeof value === "string" && value !== "") return value;
  throw new UsageError(`--${name} ${argument} is needed`);
}

/** As a shell takes it. */
function shown(text: string): string {
  return /^[\w.:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
