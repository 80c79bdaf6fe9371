import type { FieldSink, FieldType, FieldValue } from "../core/mod.ts";
import type { FieldNode } from "./row_detail.ts";

/** A group that is still open; its end is known when it closes. */
interface OpenGroup {
  readonly place: number;
  readonly start: number;
}

/** Takes down what a decoder tells of, as a flat list. */
export class FieldTree implements FieldSink {
  readonly nodes: FieldNode[] = [];
  readonly #open: OpenGroup[] = [];
  #content: Uint8Array | undefined;
  #of: FieldNode["of"] = "frame";

  /** The content that the last frame came with or completed. */
  get content(): Uint8Array | undefined {
    return this.#content;
  }

  open(name: string, offset: number): void {
    this.#open.push({ place: this.nodes.length, start: offset });
    this.#add(name, undefined, "group", offset, offset);
  }

  field(name: string, value: FieldValue, offset: number, bytes: number, type: FieldType): void {
    // A view would hold its whole frame for as long as the tree is looked at, and might be overwritten.
    this.#add(name, value instanceof Uint8Array ? value.slice() : value, type, offset, offset + bytes);
  }

  close(offset: number): void {
    const group = this.#open.pop();
    if (group !== undefined) this.nodes[group.place] = { ...this.nodes[group.place]!, end: offset };
  }

  /** Ends the groups that a decoder left open when it refused: behind the last field that it had read. */
  closeAll(): void {
    const end = this.nodes.reduce((furthest, node) => Math.max(furthest, node.end), 0);
    while (this.#open.length > 0) this.close(end);
  }

  enterContent(content: Uint8Array): void {
    this.#content = content;
    this.#of = "content";
  }

  leaveContent(): void {
    this.#of = "frame";
  }

  #add(name: string, value: FieldValue | undefined, type: FieldNode["type"], start: number, end: number): void {
    const depth = type === "group" ? this.#open.length - 1 : this.#open.length;
    this.nodes.push({ depth, name, value, type, of: this.#of, start, end });
  }
}
