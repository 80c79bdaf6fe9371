import { ClientSteps } from "./client_steps.ts";
import { dataOf, encodeCommand } from "./commands.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import type { MechanismContext } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";

/** WELCOME has nothing behind its name (zmtp §1.6). */
const WELCOME_BYTES = 8;

/** The client's side of PLAIN (zmtp §1.6). */
export class PlainClient extends ClientSteps {
  readonly name = "PLAIN";
  readonly #context: MechanismContext;
  #hello: Uint8Array;

  constructor(username: Uint8Array, password: Uint8Array, context: MechanismContext) {
    super();
    this.#context = context;
    const lengths = [Uint8Array.of(username.length), Uint8Array.of(password.length)] as const;
    this.#hello = encodeCommand("HELLO", lengths[0], username, lengths[1], password);
  }

  start(): void {
    this.say(this.#hello);
    this.#hello = new Uint8Array(0);
    this.awaits = "WELCOME";
  }

  protected takeWelcome(command: Uint8Array): void {
    if (command.length !== WELCOME_BYTES) {
      throw unexpectedCommand(`a WELCOME of ${command.length} octets`, `${WELCOME_BYTES}`);
    }
    this.say(encodeCommand("INITIATE", this.#context.localMetadata));
    this.awaits = "READY";
  }

  protected takeReady(command: Uint8Array): void {
    const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.awaits = undefined;
    this.comeTo({ type: "ready", metadata, userId: "" });
  }
}
