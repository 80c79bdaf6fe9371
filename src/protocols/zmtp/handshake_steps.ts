import { ProtocolError } from "../../core/protocol_error.ts";
import { encodeError } from "./commands.ts";
import { deniedError } from "./handshake_errors.ts";
import type {
  AuthenticateDecision,
  FailureKind,
  FrameBox,
  Mechanism,
  MechanismName,
  MechanismOutcome,
} from "./mechanism.ts";

/** What all mechanisms share: what they say and come to waits to be taken, and what the peer did wrong ends them. */
export abstract class HandshakeSteps implements Mechanism {
  abstract readonly name: MechanismName;
  #commands: Uint8Array[] = [];
  readonly #outcomes: MechanismOutcome[] = [];

  /** Nothing is taken any more, or not yet. */
  protected abstract readonly isDeaf: boolean;

  get box(): FrameBox | undefined {
    return undefined;
  }

  abstract start(): void;
  abstract decide(decision: AuthenticateDecision): void;
  abstract close(): void;

  /** One command of the peer. @throws ProtocolError for what ends the handshake */
  protected abstract take(command: Uint8Array): void;

  receive(command: Uint8Array): void {
    if (this.isDeaf) return;
    try {
      this.take(command);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error, "protocol");
    }
  }

  takeCommands(): Uint8Array[] {
    const commands = this.#commands;
    this.#commands = [];
    return commands;
  }

  takeOutcome(): MechanismOutcome | undefined {
    return this.#outcomes.shift();
  }

  protected say(command: Uint8Array): void {
    this.#commands.push(command);
  }

  protected comeTo(outcome: MechanismOutcome): void {
    this.#outcomes.push(outcome);
  }

  /** zmtp §1.16: 300 is temporary and says nothing on the wire; the others are told, in the RFC's encoding (zmtp §1.6). */
  protected deny(decision: AuthenticateDecision): void {
    if (decision.status !== 300) this.say(encodeError(String(decision.status)));
    this.#fail(deniedError(decision), "auth");
  }

  #fail(error: ProtocolError, kind: FailureKind): void {
    this.close();
    this.#outcomes.push({ type: "failed", error, kind });
  }
}
