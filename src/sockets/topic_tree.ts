/** A place in the tree: `label` leads to it from its parent. */
interface Node<Value> {
  label: Uint8Array;
  /** By the first octet of their labels. */
  children: Map<number, Node<Value>> | undefined;
  value: Value | undefined;
}

const NO_LABEL: Uint8Array = new Uint8Array(0);

/**
 * Values by topic, found by all messages that begin with it. A radix tree: a match walks along the message once, however many
 * topics there are, and a node stands only where topics end or part, so that long topics cost no more than their octets.
 */
export class TopicTree<Value> {
  /** Topics in it. */
  size = 0;
  readonly #root: Node<Value> = { label: NO_LABEL, children: undefined, value: undefined };

  get(topic: Uint8Array): Value | undefined {
    let node = this.#root;
    let at = 0;
    while (at < topic.length) {
      const child = node.children?.get(topic[at]!);
      if (child === undefined || sameOctets(child.label, topic, at) < child.label.length) return undefined;
      at += child.label.length;
      node = child;
    }
    return node.value;
  }

  /** @param topic copied as far as it is kept */
  set(topic: Uint8Array, value: Value): void {
    const node = this.#place(topic);
    if (node.value === undefined) this.size++;
    node.value = value;
  }

  delete(topic: Uint8Array): void {
    const path = [this.#root];
    let at = 0;
    while (at < topic.length) {
      const child: Node<Value> | undefined = path.at(-1)!.children?.get(topic[at]!);
      if (child === undefined || sameOctets(child.label, topic, at) < child.label.length) return;
      at += child.label.length;
      path.push(child);
    }
    const node = path.at(-1)!;
    if (node.value === undefined) return;
    node.value = undefined;
    this.size--;
    const parent = path.at(-2);
    if (parent === undefined) return;
    if (node.children === undefined) this.#unhang(parent, node, parent === this.#root);
    else if (node.children.size === 1) mergeWithChild(node);
  }

  /** Whether any topic begins `bytes`. */
  matches(bytes: Uint8Array): boolean {
    let node = this.#root;
    for (let at = 0; node.value === undefined; ) {
      const child = at < bytes.length ? node.children?.get(bytes[at]!) : undefined;
      if (child === undefined || sameOctets(child.label, bytes, at) < child.label.length) return false;
      at += child.label.length;
      node = child;
    }
    return true;
  }

  /** Adds the values of all topics that begin `bytes` to a list, shortest first. */
  matchInto(bytes: Uint8Array, into: Value[]): void {
    let node = this.#root;
    for (let at = 0; ; ) {
      if (node.value !== undefined) into.push(node.value);
      const child = at < bytes.length ? node.children?.get(bytes[at]!) : undefined;
      if (child === undefined || sameOctets(child.label, bytes, at) < child.label.length) return;
      at += child.label.length;
      node = child;
    }
  }

  /** All topics and their values, shortest topics first; the topics are the caller's. */
  entries(): { topic: Uint8Array; value: Value }[] {
    const found: { topic: Uint8Array; value: Value }[] = [];
    const visit = (node: Node<Value>, before: Uint8Array): void => {
      const topic = new Uint8Array(before.length + node.label.length);
      topic.set(before);
      topic.set(node.label, before.length);
      if (node.value !== undefined) found.push({ topic, value: node.value });
      for (const child of node.children?.values() ?? []) visit(child, topic);
    };
    visit(this.#root, NO_LABEL);
    return found.sort((a, b) => a.topic.length - b.topic.length);
  }

  /** The node where a topic ends, made if need be. */
  #place(topic: Uint8Array): Node<Value> {
    let node = this.#root;
    let at = 0;
    while (at < topic.length) {
      node.children ??= new Map();
      const child = node.children.get(topic[at]!);
      if (child === undefined) {
        const leaf: Node<Value> = { label: topic.slice(at), children: undefined, value: undefined };
        node.children.set(topic[at]!, leaf);
        return leaf;
      }
      const same = sameOctets(child.label, topic, at);
      if (same < child.label.length) split(child, same);
      at += same;
      node = child;
    }
    return node;
  }

  #unhang(parent: Node<Value>, node: Node<Value>, parentIsRoot: boolean): void {
    const siblings = parent.children!;
    siblings.delete(node.label[0]!);
    if (siblings.size === 0) parent.children = undefined;
    else if (siblings.size === 1 && parent.value === undefined && !parentIsRoot) mergeWithChild(parent);
  }
}

/** How many octets of a label stand in `bytes` from `at` on. */
function sameOctets(label: Uint8Array, bytes: Uint8Array, at: number): number {
  const end = Math.min(label.length, bytes.length - at);
  let same = 0;
  while (same < end && label[same] === bytes[at + same]) same++;
  return same;
}

/** Parts a node's label: the node keeps the first octets, a child takes the rest and all that the node had. */
function split<Value>(node: Node<Value>, octets: number): void {
  const rest: Node<Value> = { label: node.label.slice(octets), children: node.children, value: node.value };
  node.label = node.label.slice(0, octets);
  node.children = new Map([[rest.label[0]!, rest]]);
  node.value = undefined;
}

/** The opposite of `split`, for a node without a value that has one child left. */
function mergeWithChild<Value>(node: Node<Value>): void {
  const [child] = node.children!.values();
  const label = new Uint8Array(node.label.length + child!.label.length);
  label.set(node.label);
  label.set(child!.label, node.label.length);
  node.label = label;
  node.children = child!.children;
  node.value = child!.value;
}
