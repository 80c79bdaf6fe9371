import type { InprocPorts } from "./inproc_ports.ts";
import type { Pipe } from "./pipe.ts";
import { socketError } from "./socket_error.ts";

/** Somebody who connected before anyone was bound. */
interface Waiting {
  readonly ports: InprocPorts;
  readonly pipe: Pipe;
}

/**
 * A room of `inproc` names: sockets of one context find each other in it, whoever comes first.
 *
 * @example
 * ```ts
 * import { Context, Pull, Push } from "tidewire/zmtp";
 * const context = new Context();
 * const push = new Push({ context });
 * push.connect("inproc://jobs");
 * const pull = new Pull({ context });
 * await pull.bind("inproc://jobs");
 * await push.send("hello");
 * const [part] = await pull.receive();
 * console.log(new TextDecoder().decode(part)); // hello
 * await Promise.all([push.close(), pull.close()]);
 * ```
 */
export class Context {
  readonly #bound = new Map<string, InprocPorts>();
  readonly #waiting = new Map<string, Waiting[]>();

  /** @internal */
  bind(name: string, ports: InprocPorts): void {
    if (this.#bound.has(name)) {
      throw socketError("sockets/bind-failed", `inproc://${name} in use`, "a name that is free in this context");
    }
    this.#bound.set(name, ports);
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.delete(name);
    for (const one of waiting) if (ports.accept(one.ports, one.pipe) !== undefined) this.#wait(name, one);
  }

  /** @internal */
  unbind(name: string): void {
    this.#bound.delete(name);
  }

  /** @internal */
  connect(name: string, ports: InprocPorts, pipe: Pipe): void {
    const bound = this.#bound.get(name);
    if (bound === undefined) {
      this.#wait(name, { ports, pipe });
      return;
    }
    const refusal = bound.accept(ports, pipe);
    if (refusal !== undefined) throw refusal;
  }

  /** @internal */
  forget(name: string, pipe: Pipe): void {
    const left = (this.#waiting.get(name) ?? []).filter((one) => one.pipe !== pipe);
    if (left.length > 0) this.#waiting.set(name, left);
    else this.#waiting.delete(name);
  }

  #wait(name: string, one: Waiting): void {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) this.#waiting.set(name, [one]);
    else waiting.push(one);
  }
}
