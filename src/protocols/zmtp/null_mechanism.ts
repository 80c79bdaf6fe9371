import { ProtocolError } from "../../core/protocol_error.ts";
import { dataOf, encodeCommand, encodeError, isNamed, nameOf } from "./commands.ts";
import { deniedError, unexpectedCommand } from "./handshake_errors.ts";
import type { AuthenticateDecision, Mechanism, MechanismContext, MechanismOutcome } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";
import type { Metadata } from "./metadata_types.ts";

/** NULL: both sides say READY (zmtp §1.5). */
export class NullMechanism implements Mechanism {
  readonly name = "NULL";
  readonly box = undefined;
  readonly #context: MechanismContext;
  #commands: Uint8Array[] = [];
  #outcomes: MechanismOutcome[] = [];
  #isReadySent = false;
  #isOver = false;
  #peer: Metadata | undefined;
  #userId = "";

  constructor(context: MechanismContext) {
    this.#context = context;
  }

  start(): void {
    if (this.#context.asksWho) this.#outcomes.push({ type: "authenticate", request: { mechanism: "NULL" } });
    else this.#sayReady();
  }

  receive(command: Uint8Array): void {
    if (this.#isOver) return;
    try {
      if (!isNamed(command, "READY") || this.#peer !== undefined) throw unexpectedCommand(nameOf(command), "one READY");
      const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
      this.#context.checkPeer(metadata);
      this.#peer = metadata;
      this.#finish();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail({ type: "failed", error, kind: "protocol" });
    }
  }

  decide(decision: AuthenticateDecision): void {
    if (this.#isOver) return;
    this.#userId = decision.userId;
    if (decision.status === 200) {
      this.#sayReady();
      return;
    }
    // zmtp §1.5: ERROR instead of READY; and nothing at all for "later" (zmtp §1.16)
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
    this.#isOver = true;
  }

  #sayReady(): void {
    this.#commands.push(encodeCommand("READY", this.#context.localMetadata));
    this.#isReadySent = true;
    this.#finish();
  }

  /** zmtp §1.5: data only after both READYs */
  #finish(): void {
    if (!this.#isReadySent || this.#peer === undefined) return;
    this.#isOver = true;
    this.#outcomes.push({ type: "ready", metadata: this.#peer, userId: this.#userId });
  }

  #fail(outcome: MechanismOutcome): void {
    this.#isOver = true;
    this.#outcomes.push(outcome);
  }
}
