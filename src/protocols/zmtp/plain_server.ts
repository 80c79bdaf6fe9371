import { dataOf, encodeCommand, isNamed, nameOf } from "./commands.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import { HandshakeSteps } from "./handshake_steps.ts";
import type { AuthenticateDecision, MechanismContext } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";
import { decodeHello } from "./plain_hello.ts";

/** The server's side of PLAIN (zmtp §1.6). */
export class PlainServer extends HandshakeSteps {
  readonly name = "PLAIN";
  readonly #context: MechanismContext;
  #awaits: "HELLO" | "decision" | "INITIATE" | undefined;
  #userId = "";

  constructor(context: MechanismContext) {
    super();
    this.#context = context;
  }

  start(): void {
    this.#awaits = "HELLO";
  }

  protected get isDeaf(): boolean {
    return this.#awaits === undefined;
  }

  protected take(command: Uint8Array): void {
    const awaited = this.#awaits!;
    // A client that does not wait for its WELCOME is none (zmtp §1.6).
    if (awaited === "decision" || !isNamed(command, awaited)) throw unexpectedCommand(nameOf(command), awaited);
    if (awaited === "HELLO") this.#takeHello(command);
    else this.#takeInitiate(command);
  }

  decide(decision: AuthenticateDecision): void {
    if (this.#awaits !== "decision") return;
    if (decision.status === 200) {
      this.#userId = decision.userId;
      this.#welcome();
      return;
    }
    this.deny(decision);
  }

  close(): void {
    this.#awaits = undefined;
  }

  #takeHello(command: Uint8Array): void {
    const { username, password } = decodeHello(command);
    if (!this.#context.asksWho) {
      this.#welcome();
      return;
    }
    this.#awaits = "decision";
    this.comeTo({ type: "authenticate", request: { mechanism: "PLAIN", username, password } });
  }

  #welcome(): void {
    this.say(encodeCommand("WELCOME"));
    this.#awaits = "INITIATE";
  }

  #takeInitiate(command: Uint8Array): void {
    const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.say(encodeCommand("READY", this.#context.localMetadata));
    this.#awaits = undefined;
    this.comeTo({ type: "ready", metadata, userId: this.#userId });
  }
}
