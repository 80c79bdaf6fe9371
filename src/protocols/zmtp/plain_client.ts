import { ProtocolError } from "../../core/protocol_error.ts";
import { dataOf, encodeCommand, isNamed, nameOf } from "./commands.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import type { Mechanism, MechanismContext, MechanismOutcome } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";

/** WELCOME has nothing behind its name (zmtp §1.6). */
const WELCOME_BYTES = 8;

/** The client's side of PLAIN (zmtp §1.6). */
export class PlainClient implements Mechanism {
  readonly name = "PLAIN";
  readonly box = undefined;
  readonly #context: MechanismContext;
  #hello: Uint8Array;
  #awaits: "WELCOME" | "READY" | undefined;
  #commands: Uint8Array[] = [];
  #outcome: MechanismOutcome | undefined;

  constructor(username: Uint8Array, password: Uint8Array, context: MechanismContext) {
    this.#context = context;
    const lengths = [Uint8Array.of(username.length), Uint8Array.of(password.length)] as const;
    this.#hello = encodeCommand("HELLO", lengths[0], username, lengths[1], password);
  }

  start(): void {
    this.#commands.push(this.#hello);
    this.#hello = new Uint8Array(0);
    this.#awaits = "WELCOME";
  }

  receive(command: Uint8Array): void {
    const awaited = this.#awaits;
    if (awaited === undefined) return;
    try {
      if (!isNamed(command, awaited)) throw unexpectedCommand(nameOf(command), awaited);
      if (awaited === "WELCOME") this.#takeWelcome(command);
      else this.#takeReady(command);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#awaits = undefined;
      this.#outcome = { type: "failed", error, kind: "protocol" };
    }
  }

  /** Nobody asks a client whether its server may be let in. */
  decide(): void {}

  takeCommands(): Uint8Array[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  takeOutcome(): MechanismOutcome | undefined {
    const outcome = this.#outcome;
    this.#outcome = undefined;
    return outcome;
  }

  close(): void {
    this.#awaits = undefined;
  }

  #takeWelcome(command: Uint8Array): void {
    if (command.length !== WELCOME_BYTES) {
      throw unexpectedCommand(`a WELCOME of ${command.length} octets`, `${WELCOME_BYTES}`);
    }
    this.#commands.push(encodeCommand("INITIATE", this.#context.localMetadata));
    this.#awaits = "READY";
  }

  #takeReady(command: Uint8Array): void {
    const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.#awaits = undefined;
    this.#outcome = { type: "ready", metadata, userId: "" };
  }
}
