import type { Endpoint } from "../ports/socket_host.ts";
import type { EngineOutput } from "./engine_output.ts";
import { socketError } from "./socket_error.ts";

/** A bound endpoint, or the attempt to bind one. */
export interface Listener {
  readonly id: number;
  readonly text: string;
  readonly inprocName: string | undefined;
  /** What is bound in truth; nothing before it is. */
  address: string | undefined;
  isClosing: boolean;
}

/** The binds of one socket. */
export class Listeners {
  readonly #output: EngineOutput;
  readonly #listeners = new Map<number, Listener>();
  #nextId = 1;

  constructor(output: EngineOutput) {
    this.#output = output;
  }

  get areOpen(): boolean {
    return this.#listeners.size > 0;
  }

  bind(text: string, endpoint: Endpoint): number {
    const listener = this.#add(text, undefined);
    this.#output.add({ type: "listen", listenerId: listener.id, endpoint });
    return listener.id;
  }

  /** An inproc name that is bound already. */
  bindInproc(text: string, name: string): number {
    const listener = this.#add(text, name);
    listener.address = text;
    this.#output.add({ type: "bound", listenerId: listener.id, address: text });
    return listener.id;
  }

  /** @throws ProtocolError `sockets/unknown-endpoint` */
  unbind(text: string): Listener {
    const isMeant = (one: Listener): boolean => !one.isClosing && (one.text === text || one.address === text);
    const listener = [...this.#listeners.values()].find(isMeant);
    if (listener === undefined) {
      throw socketError("sockets/unknown-endpoint", JSON.stringify(text), "an endpoint it is bound to");
    }
    this.#close(listener);
    return listener;
  }

  closeAll(): void {
    for (const listener of [...this.#listeners.values()]) if (!listener.isClosing) this.#close(listener);
  }

  addressOf(listenerId: number): string | undefined {
    const listener = this.#listeners.get(listenerId);
    return listener?.isClosing === true ? undefined : (listener?.address ?? listener?.text);
  }

  listening(listenerId: number, address: string): void {
    const listener = this.#listeners.get(listenerId);
    if (listener === undefined || listener.isClosing) return;
    listener.address = address;
    this.#output.event({ type: "bind", address });
    this.#output.add({ type: "bound", listenerId, address });
  }

  closed(listenerId: number, failure: string | undefined): void {
    const listener = this.#listeners.get(listenerId);
    if (listener === undefined) return;
    this.#listeners.delete(listenerId);
    const { address } = listener;
    if (address === undefined) {
      const reason = failure ?? "closed before it was bound";
      const error = socketError("sockets/bind-failed", `${reason} (${listener.text})`, "an endpoint that can be bound");
      this.#output.event({ type: "bind:error", address: listener.text, error });
      this.#output.add({ type: "bindFailed", listenerId, error });
    } else {
      this.#output.event({ type: "close", address });
    }
    this.#output.add({ type: "unbound", listenerId });
  }

  acceptFailed(listenerId: number, failure: string): void {
    const address = this.addressOf(listenerId);
    if (address === undefined) return;
    const error = socketError("sockets/bind-failed", failure, "a connection that can be accepted");
    this.#output.event({ type: "accept:error", address, error });
  }

  #add(text: string, inprocName: string | undefined): Listener {
    const listener = { id: this.#nextId++, text, inprocName, address: undefined, isClosing: false };
    this.#listeners.set(listener.id, listener);
    return listener;
  }

  #close(listener: Listener): void {
    listener.isClosing = true;
    if (listener.inprocName === undefined) {
      this.#output.add({ type: "closeListener", listenerId: listener.id });
    } else {
      this.#listeners.delete(listener.id);
      this.#output.add({ type: "unbound", listenerId: listener.id });
    }
  }
}
