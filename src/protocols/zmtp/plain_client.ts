import { dataOf, encodeCommand, isNamed, nameOf } from "./commands.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import { HandshakeSteps } from "./handshake_steps.ts";
import type { MechanismContext } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";

/** WELCOME has nothing behind its name (zmtp §1.6). */
const WELCOME_BYTES = 8;

/** The client's side of PLAIN (zmtp §1.6). */
export class PlainClient extends HandshakeSteps {
  readonly name = "PLAIN";
  readonly #context: MechanismContext;
  #hello: Uint8Array;
  #awaits: "WELCOME" | "READY" | undefined;

  constructor(username: Uint8Array, password: Uint8Array, context: MechanismContext) {
    super();
    this.#context = context;
    const lengths = [Uint8Array.of(username.length), Uint8Array.of(password.length)] as const;
    this.#hello = encodeCommand("HELLO", lengths[0], username, lengths[1], password);
  }

  start(): void {
    this.say(this.#hello);
    this.#hello = new Uint8Array(0);
    this.#awaits = "WELCOME";
  }

  protected get isDeaf(): boolean {
    return this.#awaits === undefined;
  }

  protected take(command: Uint8Array): void {
    const awaited = this.#awaits!;
    if (!isNamed(command, awaited)) throw unexpectedCommand(nameOf(command), awaited);
    if (awaited === "WELCOME") this.#takeWelcome(command);
    else this.#takeReady(command);
  }

  /** Nobody asks a client whether its server may be let in. */
  decide(): void {}

  close(): void {
    this.#awaits = undefined;
  }

  #takeWelcome(command: Uint8Array): void {
    if (command.length !== WELCOME_BYTES) {
      throw unexpectedCommand(`a WELCOME of ${command.length} octets`, `${WELCOME_BYTES}`);
    }
    this.say(encodeCommand("INITIATE", this.#context.localMetadata));
    this.#awaits = "READY";
  }

  #takeReady(command: Uint8Array): void {
    const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.#awaits = undefined;
    this.comeTo({ type: "ready", metadata, userId: "" });
  }
}
