import { dataOf, encodeCommand, isNamed, nameOf } from "./commands.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import { HandshakeSteps } from "./handshake_steps.ts";
import type { AuthenticateDecision, MechanismContext } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";
import type { Metadata } from "./metadata_types.ts";

/** NULL: both sides say READY (zmtp §1.5). */
export class NullMechanism extends HandshakeSteps {
  readonly name = "NULL";
  readonly #context: MechanismContext;
  #isReadySent = false;
  #isOver = false;
  #peer: Metadata | undefined;
  #userId = "";

  constructor(context: MechanismContext) {
    super();
    this.#context = context;
  }

  start(): void {
    if (this.#context.asksWho) this.comeTo({ type: "authenticate", request: { mechanism: "NULL" } });
    else this.#sayReady();
  }

  protected get isDeaf(): boolean {
    return this.#isOver;
  }

  protected take(command: Uint8Array): void {
    if (!isNamed(command, "READY") || this.#peer !== undefined) throw unexpectedCommand(nameOf(command), "one READY");
    const metadata = decodeMetadata(dataOf(command), this.#context.maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.#peer = metadata;
    this.#finish();
  }

  decide(decision: AuthenticateDecision): void {
    if (this.#isOver) return;
    this.#userId = decision.userId;
    if (decision.status === 200) {
      this.#sayReady();
      return;
    }
    // zmtp §1.5: ERROR instead of READY
    this.deny(decision);
  }

  close(): void {
    this.#isOver = true;
  }

  #sayReady(): void {
    this.say(encodeCommand("READY", this.#context.localMetadata));
    this.#isReadySent = true;
    this.#finish();
  }

  /** zmtp §1.5: data only after both READYs */
  #finish(): void {
    if (!this.#isReadySent || this.#peer === undefined) return;
    this.#isOver = true;
    this.comeTo({ type: "ready", metadata: this.#peer, userId: this.#userId });
  }
}
