import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import type { Entropy } from "../ports/entropy.ts";
import { MAX_AGENT_ID_BYTES } from "../protocols/snapshot/wire.ts";

const ID_FILE = "agent-id";
/** Enough that no two machines of a fleet with one name meet: 48 bits. */
const RANDOM_BYTES = 6;
/** Leaves the random part whole within the protocol's 128 bytes. */
const MAX_HOST_CHARS = 64;

/** `$XDG_STATE_HOME/tidewire`, or `~/.local/state/tidewire`. */
export function defaultStateDir(env: Readonly<Record<string, string | undefined>>): string {
  return join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "tidewire");
}

/**
 * The stable id of this machine's agent: read from the state folder, or made there once. Made by linking a finished file
 * into place, so that two agents that start at the same time agree, and a crash leaves no half of an id.
 *
 * @throws Error when the folder can't be used or holds something that is no id
 */
export function readAgentId(stateDir: string, entropy: Entropy): string {
  const path = join(stateDir, ID_FILE);
  const known = readId(path);
  if (known !== undefined) return known;
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const id = newAgentId(entropy);
  const draft = `${path}.${id.slice(-RANDOM_BYTES * 2)}`;
  writeFileSync(draft, `${id}\n`, { mode: 0o600, flag: "wx", flush: true });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, path);
    return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return readId(path) ?? id;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readId(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const id = text.trim();
  if (id === "" || Buffer.byteLength(id) > MAX_AGENT_ID_BYTES || /\p{Cc}|�/u.test(id)) {
    throw new Error(`${path} holds no agent id: remove it for a new one, or give --agent-id`);
  }
  return id;
}

/** The host's name for people, random bytes for uniqueness. */
function newAgentId(entropy: Entropy): string {
  const random = new Uint8Array(RANDOM_BYTES);
  entropy.fill(random);
  const host =
    hostname()
      .replace(/[^A-Za-z0-9.-]/g, "")
      .slice(0, MAX_HOST_CHARS) || "agent";
  return `${host}-${Buffer.from(random).toString("hex")}`;
}
