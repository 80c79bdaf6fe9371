import { isNamed, nameOf } from "./commands.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import { HandshakeSteps } from "./handshake_steps.ts";

/** A client of PLAIN or CURVE: it says HELLO, is told WELCOME, says INITIATE, is told READY (zmtp §1.6, §1.7). */
export abstract class ClientSteps extends HandshakeSteps {
  /** The one command that may come now; nothing before the start and once it is over. */
  protected awaits: "WELCOME" | "READY" | undefined;

  protected abstract takeWelcome(welcome: Uint8Array): void;
  protected abstract takeReady(ready: Uint8Array): void;

  /** Nobody asks a client whether its server may be let in. */
  decide(): void {}

  close(): void {
    this.awaits = undefined;
  }

  protected get isDeaf(): boolean {
    return this.awaits === undefined;
  }

  protected take(command: Uint8Array): void {
    const awaited = this.awaits!;
    if (!isNamed(command, awaited)) throw unexpectedCommand(nameOf(command), awaited);
    if (awaited === "WELCOME") this.takeWelcome(command);
    else this.takeReady(command);
  }
}
