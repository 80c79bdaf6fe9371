import type { SimAgentOptions } from "./agent_options.ts";
import type { Link, LinkEnd } from "./link.ts";
import type { Task } from "./scheduler.ts";
import { WireOrder } from "./wire_order.ts";

/** A write that the peer does not take for so long ends the connection: as the agent's host has it. */
const WRITE_TIMEOUT_MS = 30_000;

/** Whose connections they are. */
export interface TransportOwner {
  /** Its process is gone. */
  isOver(): boolean;
  takeOutput(): Uint8Array[];
  opened(): void;
  /** Told once for each connection, whoever noticed first. */
  lost(reason: string): void;
  /** The chunk is overwritten after the call. */
  received(chunk: Uint8Array): void;
  /** What was written is with the kernel. */
  taken(): void;
}

/** One agent's connections, one at a time: what its host does with sockets, on links. */
export class AgentTransport implements LinkEnd {
  link: Link | undefined;
  isDialing = false;
  readonly #o: SimAgentOptions;
  readonly #owner: TransportOwner;
  readonly #order: WireOrder;
  #writeTimer: Task | undefined;
  #isWriting = false;

  constructor(options: SimAgentOptions, owner: TransportOwner, label: string) {
    this.#o = options;
    this.#owner = owner;
    this.#order = new WireOrder(options.env, options.ledger, options.compressor, label);
  }

  connect(): void {
    this.isDialing = true;
    this.#o.network.dial(this.#o.name, (link, reason) => {
      if (this.#owner.isOver()) {
        link?.close("agent");
        return;
      }
      this.isDialing = false;
      if (link === undefined) {
        this.#owner.lost(reason);
        return;
      }
      this.link = link;
      this.#order.begin();
      link.onDisplaced = () => this.#o.accounts.displace();
      link.attach("agent", this);
      this.#owner.opened();
    });
  }

  flush(): void {
    const { link } = this;
    if (link === undefined || this.#isWriting) return;
    const chunks = this.#owner.takeOutput();
    if (chunks.length === 0) return;
    this.#order.sent(chunks, link.isCorrupted);
    if (link.write("agent", chunks)) return;
    this.#isWriting = true;
    this.#writeTimer = this.#o.env.scheduler.after(WRITE_TIMEOUT_MS, () => this.#lose(link, "the server took nothing"));
  }

  /** Writes what is left, then closes. */
  leave(reason: string): void {
    const { link } = this;
    if (link === undefined) return;
    const chunks = this.#owner.takeOutput();
    if (!this.#isWriting && chunks.length > 0) link.write("agent", chunks);
    // The engine is told a moment later, as a host that waits for its last write does.
    this.#o.env.scheduler.after(0.5, () => this.#lose(link, reason));
  }

  /** The process is gone. */
  end(): void {
    this.#o.env.scheduler.cancel(this.#writeTimer);
  }

  onChunk(chunk: Uint8Array): void {
    this.#owner.received(chunk);
  }

  onTaken(): void {
    this.#isWriting = false;
    this.#o.env.scheduler.cancel(this.#writeTimer);
    this.#owner.taken();
  }

  onClosed(reason: string): void {
    if (this.link !== undefined) this.#lose(this.link, reason);
  }

  #lose(link: Link, reason: string): void {
    link.close("agent");
    if (link !== this.link) return;
    this.link = undefined;
    this.#isWriting = false;
    this.#o.env.scheduler.cancel(this.#writeTimer);
    this.#owner.lost(reason);
  }
}
