import type { EngineOutput } from "./engine_output.ts";
import type { Link } from "./link.ts";

/** Links that end once they have nothing left to send, or when their time is up. */
export class DrainingLinks {
  readonly #output: EngineOutput;
  readonly #untilMs = new Map<Link, number>();

  constructor(output: EngineOutput) {
    this.#output = output;
  }

  /** @param untilMs when to end it all the same; a second call can only make it earlier */
  add(link: Link, untilMs: number): void {
    this.#untilMs.set(link, Math.min(untilMs, this.#untilMs.get(link) ?? Number.POSITIVE_INFINITY));
    this.#output.wakeAt(untilMs);
  }

  delete(link: Link): void {
    this.#untilMs.delete(link);
  }

  /** Links whose end has come, and whether all of their messages are out. */
  takeDone(nowMs: number): { readonly link: Link; readonly isSent: boolean }[] {
    const done: { link: Link; isSent: boolean }[] = [];
    for (const [link, untilMs] of this.#untilMs) {
      const isSent = link.isReady && link.pipe?.outbox.size === 0 && !link.hasOutput;
      if (isSent || nowMs >= untilMs) done.push({ link, isSent });
      else this.#output.wakeAt(untilMs);
    }
    for (const { link } of done) this.#untilMs.delete(link);
    return done;
  }
}
