import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Who can be spoken to: libzmq 4.3.5 by npm's `zeromq`, libzmq 4.3.4 by Debian's pyzmq. */
export type PeerKind = "zeromq" | "pyzmq";

/** How a socket of a peer is made: `zeromq`'s names; bytes as `Uint8Array`. */
export type PeerOptions = Readonly<Record<string, string | number | boolean | Uint8Array>>;

/** A part of a message, when it is too large to be shown. */
export interface DigestedPart {
  readonly bytes: number;
  readonly sha256: string;
}

/** Debian's Python: one from a version manager does not see the system's packages. */
const SYSTEM_PYTHON = "/usr/bin/python3";
/** Under Deno the running program is not Node. */
const NODE = "Deno" in globalThis ? "node" : process.execPath;
const STOP_TIMEOUT_MS = 5_000;

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes as Uint8Array).toString("base64");

/** The byte at i is i modulo 256, here and in the peers. */
export function pattern(size: number): Uint8Array {
  return new Uint8Array(
    Buffer.alloc(
      size,
      Uint8Array.from({ length: 256 }, (_, i) => i),
    ),
  );
}

export function digestOf(parts: readonly Uint8Array[]): DigestedPart[] {
  return parts.map((part) => ({ bytes: part.length, sha256: createHash("sha256").update(part).digest("hex") }));
}

function isThere(kind: PeerKind): boolean {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  try {
    // In a process of its own: libzmq's threads are not wanted in this one.
    if (kind === "zeromq") execFileSync(NODE, ["-e", "require('zeromq')"], { cwd, stdio: "ignore", timeout: 20_000 });
    else execFileSync(SYSTEM_PYTHON, ["-c", "import zmq.asyncio"], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** What tests run against: `[kind, is it installed]`, so that a missing one is a visible skip. */
export const PEERS: readonly (readonly [PeerKind, boolean])[] = (["zeromq", "pyzmq"] as const).map((kind) => [
  kind,
  isThere(kind),
]);

/** A process with libzmq in it. */
export class Peer {
  readonly kind: PeerKind;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting: Map<number, { resolve(result: Reply): void; reject(error: Error): void }> = new Map();
  #nextId = 1;
  #errors = "";

  private constructor(kind: PeerKind, child: ChildProcess) {
    this.kind = kind;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
    child.stderr!.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4_000);
    });
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const { id, result, error } = JSON.parse(line);
      const one = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) one?.resolve(result);
      else one?.reject(new Error(error));
    });
    child.once("exit", (code, signal) => {
      for (const one of this.#waiting.values()) {
        one.reject(new Error(`the ${kind} peer ended with ${code ?? signal}: ${this.#errors}`));
      }
      this.#waiting.clear();
    });
  }

  static async start(kind: PeerKind): Promise<Peer> {
    const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const child =
      kind === "zeromq"
        ? spawn(NODE, [script("zeromq_peer.mjs")], { stdio: "pipe" })
        : spawn(SYSTEM_PYTHON, ["-u", script("pyzmq_peer.py")], { stdio: "pipe" });
    const peer = new Peer(kind, child);
    await peer.ask("version");
    return peer;
  }

  /** One operation; rejects with what libzmq said against it. */
  ask(op: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin!.write(`${JSON.stringify({ id, op, ...fields })}\n`);
    });
  }

  async socket(type: string, options: PeerOptions = {}): Promise<PeerSocket> {
    const socket = new PeerSocket(this, `s${this.#nextId}`);
    await this.ask("socket", { name: socket.name, type, options: encoded(options) });
    return socket;
  }

  curveKeyPair(): Promise<{ publicKey: string; secretKey: string }> {
    return this.ask("curveKeyPair") as unknown as Promise<{ publicKey: string; secretKey: string }>;
  }

  /** Lets in who comes with one of these credentials, and no one else. */
  async allow(allowed: readonly { mechanism: string; credentials: readonly (string | Uint8Array)[] }[]): Promise<void> {
    const shown = allowed.map(({ mechanism, credentials }) => ({ mechanism, credentials: credentials.map(base64) }));
    await this.ask("zap", { allowed: shown });
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Stops the process where it is, connections and all. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  async stop(): Promise<void> {
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(timer);
  }
}

type Reply = Readonly<Record<string, unknown>>;

function encoded(options: PeerOptions): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? { base64: base64(value) } : value,
    ]),
  );
}

/** A socket in the peer's process. */
export class PeerSocket {
  readonly name: string;
  readonly #peer: Peer;
  #isClosed = false;

  constructor(peer: Peer, name: string) {
    this.#peer = peer;
    this.name = name;
  }

  /** @returns the endpoint in use, with its port */
  async bind(endpoint = "tcp://127.0.0.1:*"): Promise<string> {
    return (await this.#ask("bind", { endpoint }))["endpoint"] as string;
  }

  async unbind(endpoint: string): Promise<void> {
    await this.#ask("unbind", { endpoint });
  }

  async connect(endpoint: string, options: PeerOptions = {}): Promise<void> {
    await this.#ask("connect", { endpoint, options: encoded(options) });
  }

  async disconnect(endpoint: string): Promise<void> {
    await this.#ask("disconnect", { endpoint });
  }

  async subscribe(...topics: readonly (string | Uint8Array)[]): Promise<void> {
    await this.#ask("subscribe", { topics: topics.map(base64) });
  }

  async unsubscribe(...topics: readonly (string | Uint8Array)[]): Promise<void> {
    await this.#ask("unsubscribe", { topics: topics.map(base64) });
  }

  async send(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    await this.#ask("send", { parts: parts.map(base64) });
  }

  /** One message with parts of these sizes (see `pattern`). */
  async sendSized(sizes: readonly number[]): Promise<void> {
    await this.#ask("sendSized", { sizes });
  }

  /** `count` messages: the head's parts, the number as text, and a body of `size` bytes if there is one. */
  async sendCounted(
    count: number,
    more: { from?: number; head?: readonly string[]; size?: number } = {},
  ): Promise<void> {
    await this.#ask("sendCounted", { count, ...more, head: (more.head ?? []).map(base64) });
  }

  /** The next message, or nothing when none came in time. */
  async receive(timeoutMs = 5_000): Promise<Uint8Array[] | undefined> {
    const parts = (await this.#ask("receive", { timeoutMs }))["parts"] as string[] | null;
    return parts?.map((part) => new Uint8Array(Buffer.from(part, "base64")));
  }

  /** As `receive`, as text. */
  async receiveText(timeoutMs?: number): Promise<string[] | undefined> {
    return (await this.receive(timeoutMs))?.map((part) => new TextDecoder().decode(part));
  }

  async receiveDigested(timeoutMs = 10_000): Promise<DigestedPart[] | null> {
    return (await this.#ask("receive", { timeoutMs, digested: true }))["parts"] as DigestedPart[] | null;
  }

  /** The numbers of messages as `sendCounted` makes them, until there are `count` or none came for a while. */
  async receiveCounted(count: number, more: { at?: number; timeoutMs?: number } = {}): Promise<number[]> {
    return (await this.#ask("receiveCounted", { count, timeoutMs: 2_000, ...more }))["numbers"] as number[];
  }

  /** Sends back whatever comes. */
  async echo(): Promise<void> {
    await this.#ask("echo");
  }

  /** What its monitor has told so far; names differ between the peers. */
  async events(): Promise<readonly { readonly type: string; readonly address: string }[]> {
    return (await this.#ask("events"))["events"] as { type: string; address: string }[];
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#ask("close");
  }

  #ask(op: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    return this.#peer.ask(op, { name: this.name, ...fields });
  }
}
