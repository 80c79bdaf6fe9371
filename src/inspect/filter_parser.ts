/** From the words of a filter to its tree. */
import type { FieldInfo } from "../protocols/inspection.ts";
import { lexFilter, type Token } from "./filter_lexer.ts";
import type { FilterError } from "./filter_row.ts";
import { type FilterValue, filterValue } from "./filter_value.ts";

/** Brackets and negations inside each other. */
const MAX_DEPTH = 32;
/** Values of one `in (…)`. */
const MAX_LISTED = 256;

export type FilterOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "contains" | "in" | "exists";

/** A filter as a tree; no deeper than {@linkcode MAX_DEPTH} allows. */
export type FilterNode =
  | { readonly type: "and" | "or"; readonly nodes: readonly FilterNode[] }
  | { readonly type: "not"; readonly node: FilterNode }
  /** True if the condition holds for one item of the list, all of it for the same one. */
  | { readonly type: "any"; readonly list: string; readonly node: FilterNode }
  | {
      readonly type: "test";
      readonly field: FieldInfo;
      readonly operator: FilterOperator;
      readonly values: readonly FilterValue[];
    };

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "~", "!~"]);
const ORDERS: ReadonlySet<string> = new Set(["<", "<=", ">", ">="]);
const TEXT_OPERATORS: ReadonlySet<string> = new Set(["~", "!~", "contains"]);

/** Operators that a field of a kind can be compared with, in the order of their use. */
export function operatorsOf({ name, kind }: FieldInfo): readonly FilterOperator[] {
  if (kind === "list") return ["exists"];
  if (kind === "number" || kind === "time") return ["==", "!=", "<", "<=", ">", ">=", "in", "exists"];
  const texts: readonly FilterOperator[] = ["==", "!=", "~", "!~", "contains", "in", "exists"];
  return name === "type" ? ["==", "!=", "in", "~", "!~", "contains", "exists"] : texts;
}

class FilterSyntaxError extends Error {
  readonly error: FilterError;

  constructor(error: FilterError) {
    super(error.found);
    this.error = error;
  }
}

/** The tree of a filter, or where it stops making sense. An empty text is a filter that everything passes. */
export function parseFilterTree(text: string, fields: readonly FieldInfo[]): FilterNode | FilterError {
  const { tokens, error } = lexFilter(text);
  try {
    return new Parser(tokens, fields, error).whole();
  } catch (thrown) {
    if (thrown instanceof FilterSyntaxError) return thrown.error;
    throw thrown;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #fields: ReadonlyMap<string, FieldInfo>;
  /** What stopped the lexer: found again where its end token is met. */
  readonly #lexed: FilterError | undefined;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], fields: readonly FieldInfo[], lexed: FilterError | undefined) {
    this.#tokens = tokens;
    this.#fields = new Map(fields.map((field) => [field.name, field]));
    this.#lexed = lexed;
  }

  whole(): FilterNode {
    if (this.#peek().kind === "end" && this.#lexed === undefined) return { type: "and", nodes: [] };
    const node = this.#chain("or");
    if (this.#peek().kind !== "end" || this.#lexed !== undefined) throw this.#wrong("&& or || or the end");
    return node;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(): Token {
    return this.#tokens[this.#at++]!;
  }

  /** `a || b || c`, of which each is `d && e && f`. */
  #chain(type: "and" | "or"): FilterNode {
    const operator = type === "or" ? "||" : "&&";
    const nodes: FilterNode[] = [];
    do {
      if (nodes.length > 0) this.#at++;
      nodes.push(type === "or" ? this.#chain("and") : this.#unary());
    } while (this.#peek().kind === "operator" && this.#peek().text === operator);
    return nodes.length === 1 ? nodes[0]! : { type, nodes };
  }

  #unary(): FilterNode {
    if (this.#depth === MAX_DEPTH) throw this.#wrong(`at most ${MAX_DEPTH} brackets and ! inside each other`);
    this.#depth++;
    const node = this.#unaryWithin();
    this.#depth--;
    return node;
  }

  #unaryWithin(): FilterNode {
    const token = this.#peek();
    if (token.kind === "operator" && token.text === "!") {
      this.#at++;
      return { type: "not", node: this.#unary() };
    }
    if (token.kind === "open") return this.#bracketed();
    if (token.kind !== "word") throw this.#wrong("a field, any(…), ! or (");
    this.#at++;
    if (token.text === "any" && this.#peek().kind === "open") {
      const node = this.#bracketed();
      return { type: "any", list: this.#listOf(node, token), node };
    }
    return this.#test(this.#fieldOf(token));
  }

  #bracketed(): FilterNode {
    this.#at++;
    const node = this.#chain("or");
    if (this.#peek().kind !== "close") throw this.#wrong(") or && or ||");
    this.#at++;
    return node;
  }

  #fieldOf(token: Token): FieldInfo {
    const known = this.#fields.get(token.text);
    if (known !== undefined) return known;
    const near = nearestName(token.text, [...this.#fields.keys()]);
    throw wrongToken(token, near === undefined ? "a field" : `a field, perhaps ${near}`);
  }

  #test(field: FieldInfo): FilterNode {
    const token = this.#peek();
    const isOperator = token.kind === "operator" && COMPARISONS.has(token.text);
    const isWord = token.kind === "word" && ["contains", "in", "exists"].includes(token.text);
    if (!isOperator && !isWord) {
      if (token.kind === "word" || token.kind === "text") throw this.#wrong("an operator, && or ||");
      return { type: "test", field, operator: "exists", values: [] };
    }
    const operator = this.#take().text as FilterOperator;
    if (!operatorsOf(field).includes(operator)) {
      throw wrongToken(token, `${operatorsOf(field).join(" ")} for ${field.name}`);
    }
    if (operator === "exists") return { type: "test", field, operator, values: [] };
    if (operator === "in") return { type: "test", field, operator, values: this.#listed(field) };
    return { type: "test", field, operator, values: [this.#value(field, operator)] };
  }

  #listed(field: FieldInfo): FilterValue[] {
    if (this.#peek().kind !== "open") throw this.#wrong("( and values");
    const values: FilterValue[] = [];
    do {
      this.#at++;
      if (values.length === MAX_LISTED) throw this.#wrong(`at most ${MAX_LISTED} values`);
      values.push(this.#value(field, "in"));
    } while (this.#peek().kind === "comma");
    if (this.#peek().kind !== "close") throw this.#wrong(", or )");
    this.#at++;
    return values;
  }

  #value(field: FieldInfo, operator: FilterOperator): FilterValue {
    const token = this.#peek();
    if (token.kind !== "word" && token.kind !== "text") throw this.#wrong("a value");
    this.#at++;
    const result = filterValue(field, token);
    if (!result.ok) throw wrongToken(token, result.expected);
    if (typeof result.value === "string" && ORDERS.has(operator)) throw wrongToken(token, "a number or a time");
    if (field.kind === "bytes" && !TEXT_OPERATORS.has(operator) && `${result.value}`.includes("*")) {
      throw wrongToken(token, "hexadecimal digits; * goes with ~");
    }
    return result.value;
  }

  /** The list that all fields of a condition belong to. */
  #listOf(node: FilterNode, token: Token): string {
    const names = fieldNames(node).filter((name) => name.includes("."));
    const lists = [...this.#fields.values()].filter(({ kind }) => kind === "list").map(({ name }) => name);
    const parents = new Set(names.map((name) => name.slice(0, name.lastIndexOf("."))));
    const [parent] = parents;
    if (parent !== undefined && parents.size === 1 && lists.includes(parent)) return parent;
    throw wrongToken(token, `fields of one list inside any(…)${lists.length === 0 ? "" : `: ${lists.join(", ")}`}`);
  }

  #wrong(expected: string): FilterSyntaxError {
    const token = this.#peek();
    // The lexer stopped here: it knows better what is wrong.
    if (token.kind === "end" && this.#lexed !== undefined) return new FilterSyntaxError(this.#lexed);
    return wrongToken(token, expected);
  }
}

function wrongToken({ kind, text, at, end }: Token, expected: string): FilterSyntaxError {
  return new FilterSyntaxError({ at, end, found: kind === "end" ? "the end" : text, expected });
}

/** The fields that a tree names. */
function fieldNames(node: FilterNode): string[] {
  switch (node.type) {
    case "test":
      return [node.field.name];
    case "and":
    case "or":
      return node.nodes.flatMap(fieldNames);
    default:
      return fieldNames(node.node);
  }
}

/** The field that was probably meant: one that ends in what was written, or contains it. */
function nearestName(text: string, names: readonly string[]): string | undefined {
  const wanted = text.toLowerCase();
  const last = wanted.slice(wanted.lastIndexOf(".") + 1);
  return (
    names.find((name) => name.toLowerCase() === wanted) ??
    names.find((name) => name.toLowerCase().endsWith(`.${last}`)) ??
    names.find((name) => last.length > 2 && name.toLowerCase().includes(last))
  );
}
