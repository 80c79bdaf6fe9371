/** What an agent sends ahead while its handshake is decided on. */
import { type Intake, openFrame } from "./message_intake.ts";
import { MAX_FRAME_BYTES } from "./wire.ts";

/** A decision is a matter of one call, so room for one frame does. */
const MAX_WAITING_BYTES: number = MAX_FRAME_BYTES;
/** What an entry costs beside its frame; without it, broken frames, of which nothing is kept, would cost nothing. */
const ENTRY_BYTES = 256;

/** Holds copies: the chunks that they came in are the host's again. */
export class WaitingIntakes {
  #intakes: Intake[] = [];
  #heldBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** False when there is no room for it. */
  add(intake: Intake): boolean {
    this.#heldBytes += ENTRY_BYTES + (intake.ok ? intake.frame.length : 0);
    if (this.#heldBytes > MAX_WAITING_BYTES) return false;
    this.#intakes.push(copyOf(intake));
    return true;
  }

  /** Gives away what waited, in order. */
  take(): Intake[] {
    const intakes = this.#intakes;
    this.#intakes = [];
    this.#heldBytes = 0;
    return intakes;
  }
}

function copyOf(intake: Intake): Intake {
  if (intake.ok) return openFrame(intake.frame.slice());
  if (intake.envelope === undefined) return intake;
  // An answer needs nothing but the id.
  return {
    ...intake,
    envelope: { ...intake.envelope, messageId: intake.envelope.messageId.slice(), extensions: [] },
  };
}
