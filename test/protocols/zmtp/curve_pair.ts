import { ProtocolError } from "../../../src/core/mod.ts";
import type { Entropy } from "../../../src/ports/entropy.ts";
import { curveClient, curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import type {
  AuthenticateDecision,
  Mechanism,
  MechanismContext,
  MechanismOutcome,
} from "../../../src/protocols/zmtp/mechanism.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";

/** Secret keys of every test: octets that count up. */
export const SERVER_SECRET: Uint8Array = counting(32, 0x40);
export const CLIENT_SECRET: Uint8Array = counting(32, 0x80);
export const SERVER_KEY: Uint8Array = nobleCurve.publicKey(SERVER_SECRET);
export const CLIENT_KEY: Uint8Array = nobleCurve.publicKey(CLIENT_SECRET);

/** As many octets as asked for, counting up from `first`. */
export function counting(length: number, first: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

/** Entropy that counts up from `first`, over and over. */
export function countingEntropy(first: number): Entropy {
  let next = first;
  return {
    fill(into) {
      for (let i = 0; i < into.length; i++) into[i] = next++ & 0xff;
    },
  };
}

/** The metadata of a socket: its type only. */
export function metadataOf(socketType: string): Uint8Array {
  const text = (value: string): number[] => [...new TextEncoder().encode(value)];
  return Uint8Array.from([11, ...text("Socket-Type"), 0, 0, 0, socketType.length, ...text(socketType)]);
}

/** The context of a mechanism that lets every peer pass. */
export function contextOf(overrides: Partial<MechanismContext> = {}): MechanismContext {
  return { localMetadata: metadataOf("DEALER"), asksWho: false, maxMetadataBytes: 1_000, checkPeer() {}, ...overrides };
}

/** A client as the tests' keys make it. */
export function client(context?: MechanismContext, serverKey: Uint8Array = SERVER_KEY): Mechanism {
  const options = curveClient({ primitives: nobleCurve, secretKey: CLIENT_SECRET, serverKey });
  return started(options.create(context ?? contextOf(), countingEntropy(0x11)));
}

/** A server as the tests' keys make it. */
export function server(context?: MechanismContext, entropy: Entropy = countingEntropy(0x22)): Mechanism {
  const options = curveServer({ primitives: nobleCurve, secretKey: SERVER_SECRET });
  return started(options.create(context ?? contextOf(), entropy));
}

function started(mechanism: Mechanism): Mechanism {
  mechanism.start();
  return mechanism;
}

/** The one command that a mechanism has to send. */
export function onlyCommand(mechanism: Mechanism): Uint8Array {
  const commands = mechanism.takeCommands();
  if (commands.length !== 1) throw new Error(`${commands.length} commands`);
  return commands[0]!;
}

/** What the mechanism came to after a command. */
export function outcomeOf(mechanism: Mechanism, command: Uint8Array): MechanismOutcome | undefined {
  mechanism.receive(command);
  return mechanism.takeOutcome();
}

/** The code of the failure that a command causes; its kind behind it when it is not `protocol`. */
export function failureOf(mechanism: Mechanism, command: Uint8Array): string {
  const outcome = outcomeOf(mechanism, command);
  if (outcome?.type !== "failed") return `no failure: ${outcome?.type}`;
  return outcome.kind === "protocol" ? outcome.error.code : `${outcome.error.code} (${outcome.kind})`;
}

/** The code of the error that is thrown. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

/** A copy with one bit flipped. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1 << bit;
  return copy;
}

/** Both sides, and each command that went between them. */
export interface Handshake {
  readonly client: Mechanism;
  readonly server: Mechanism;
  readonly commands: Readonly<Record<"hello" | "welcome" | "initiate" | "ready", Uint8Array>>;
}

/** A whole handshake; outcomes are left to be taken. */
export function handshake(
  a: Mechanism = client(),
  b: Mechanism = server(),
  decision?: AuthenticateDecision,
): Handshake {
  const hello = onlyCommand(a);
  b.receive(hello);
  const welcome = onlyCommand(b);
  a.receive(welcome);
  const initiate = onlyCommand(a);
  b.receive(initiate);
  if (decision !== undefined) b.decide(decision);
  const ready = onlyCommand(b);
  a.receive(ready);
  return { client: a, server: b, commands: { hello, welcome, initiate, ready } };
}
