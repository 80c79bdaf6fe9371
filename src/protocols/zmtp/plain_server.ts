import { ProtocolError } from "../../core/protocol_error.ts";
import { dataOf, encodeCommand, encodeError, isNamed, nameOf } from "./commands.ts";
import { deniedError, unexpectedCommand } from "./handshake_errors.ts";
import type { AuthenticateDecision, Mechanism, MechanismContext, MechanismOutcome } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";
import { decodeHello } from "./plain_hello.ts";

/** The server's side of PLAIN (zmtp §1.6). */
export class PlainServer implements Mechanism {
  readonly name = "PLAIN";
  readonly box = undefined;
  readonly #context: MechanismContext;
  #awaits: "HELLO" | "decision" | "INITIATE" | undefined;
  #userId = "";
  #commands: Uint8Array[] = [];
  #outcomes: MechanismOutcome[] = [];

  constructor(context: MechanismContext) {
    this.#context = context;
  }

  start(): void {
    this.#awaits = "HELLO";
  }

  receive(command: Uint8Array): void {
    const awaited = this.#awaits;
    if (awaited === undefined) return;
    try {
      // A client that does not wait for its WELCOME is none (zmtp §1.6).
      if (awaited === "decision" || !isNamed(command, awaited)) throw unexpectedCommand(nameOf(command), awaited);
      if (awaited === "HELLO") this.#takeHello(command);
      else this.#takeInitiate(command);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail({ type: "failed", error, kind: "protocol" });
    }
  }

  decide(decision: AuthenticateDecision): void {
    if (this.#awaits !== "decision") return;
    if (decision.status === 200) {
      this.#userId = decision.userId;
      this.#welcome();
      return;
    }
    // zmtp §1.6: in the RFC's encoding; nothing for "later" (zmtp §1.16)
    if (decision.status !== 300) this.#commands.push(encodeError(String(decision.status)));
    this.#fail({ type: "failed", error: deniedError(decision), kind: "auth" });
  }

  takeCommands(): Uint8Array[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  takeOutcome(): MechanismOutcome | undefined {
    return this.#outcomes.shift();
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
    this.#outcomes.push({ type: "authenticate", request: { mechanism: "PLAIN", username, password } });
  }

  #welcome(): void {
    this.#commands.push(encodeCommand("WELCOME"));
    this.#awaits = "INITIATE";
  }

  #takeInitiate(command: Uint8Array): void {
    const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.#commands.push(encodeCommand("READY", this.#context.localMetadata));
    this.#awaits = undefined;
    this.#outcomes.push({ type: "ready", metadata, userId: this.#userId });
  }

  #fail(outcome: MechanismOutcome): void {
    this.#awaits = undefined;
    this.#outcomes.push(outcome);
  }
}
