/** Commands: a name with its length, then data (zmtp §1.3). */
import { zmtpError } from "./errors.ts";
import { MAX_CONTEXT_BYTES, MAX_TTL_DECISECONDS } from "./wire.ts";

/** Every command that this kit knows (zmtp §1.3, §1.6, §1.7). */
export type CommandName =
  | "READY"
  | "ERROR"
  | "SUBSCRIBE"
  | "CANCEL"
  | "PING"
  | "PONG"
  | "HELLO"
  | "WELCOME"
  | "INITIATE"
  | "MESSAGE";

const TTL_BYTES = 2;
/** libzmq's PLAIN servers lose the length octet of ERROR: `^RROR` (zmtp §1.10, trap 2). */
const ERROR_WITHOUT_LENGTH: Uint8Array = Uint8Array.of(0x5e, 0x52, 0x52, 0x4f, 0x52);

/** The body of a command frame. */
export function encodeCommand(name: CommandName, ...data: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(1 + name.length + data.reduce((sum, piece) => sum + piece.length, 0));
  bytes[0] = name.length;
  for (let i = 0; i < name.length; i++) bytes[1 + i] = name.charCodeAt(i);
  let at = 1 + name.length;
  for (const piece of data) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** ERROR with a reason of at most 255 printable characters. */
export function encodeError(reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, 255);
  return encodeCommand("ERROR", Uint8Array.of(text.length), text);
}

/** PING; the peer may give up when it hears nothing for `ttlMs`, of which 65.5 seconds go out at most (zmtp §1.10, trap 3). */
export function encodePing(ttlMs: number): Uint8Array {
  const ttl = Math.min(MAX_TTL_DECISECONDS, Math.floor(ttlMs / 100));
  return encodeCommand("PING", Uint8Array.of(ttl >>> 8, ttl & 0xff));
}

/** The answer to a PING's body, which `ttlOf` has accepted: its context, 16 octets at most (zmtp §1.10, trap 6). */
export function encodePong(ping: Uint8Array): Uint8Array {
  const contextAt = dataAt(ping) + TTL_BYTES;
  return encodeCommand("PONG", ping.subarray(contextAt, contextAt + MAX_CONTEXT_BYTES));
}

/** @throws ProtocolError `zmtp/bad-ping` without two octets of TTL (zmtp §1.10, trap 5) */
export function ttlMsOf(ping: Uint8Array): number {
  const at = dataAt(ping);
  if (ping.length < at + TTL_BYTES) throw zmtpError("bad-ping", `a PING of ${ping.length} octets`, "7 or more");
  return (ping[at]! * 256 + ping[at + 1]!) * 100;
}

/** Whether a command has that name. */
export function isNamed(command: Uint8Array, name: CommandName): boolean {
  if (command[0] !== name.length || command.length <= name.length) return false;
  for (let i = 0; i < name.length; i++) if (command[1 + i] !== name.charCodeAt(i)) return false;
  return true;
}

/** A command's name, for people: what stands there, if it is one at all. */
export function nameOf(command: Uint8Array): string {
  const length = command[0] ?? 0;
  const name = String.fromCharCode(...command.subarray(1, 1 + length));
  return length > 0 && name.length === length && /^[A-Za-z]+$/.test(name) ? name : "a command without a name";
}

/**
 * libzmq too gives up a peer whose command ends inside its name; a name that nobody knows is ignored (zmtp §1.3).
 *
 * @throws ProtocolError `zmtp/bad-command`
 */
export function checkName(command: Uint8Array): void {
  if (command.length > 0 && command.length > command[0]!) return;
  throw zmtpError("bad-command", `a command of ${command.length} octets`, "a name, whole");
}

/** What follows the name. */
export function dataOf(command: Uint8Array): Uint8Array {
  return command.subarray(dataAt(command));
}

/** The reason of an ERROR in either encoding; nothing for another command (zmtp §1.6). */
export function errorReasonOf(command: Uint8Array): string | undefined {
  const isShort = ERROR_WITHOUT_LENGTH.every((octet, i) => command[i] === octet);
  if (!isShort && !isNamed(command, "ERROR")) return undefined;
  const at = isShort ? ERROR_WITHOUT_LENGTH.length : dataAt(command);
  const length = command[at] ?? 0;
  // Shown to people and written to logs: nothing but printable characters.
  return String.fromCharCode(...command.subarray(at + 1, at + 1 + length)).replace(/[^ -~]/g, "?");
}

function dataAt(command: Uint8Array): number {
  return 1 + command[0]!;
}
