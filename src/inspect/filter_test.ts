/** One comparison of a filter. */
import type { RowValue } from "../protocols/definition.ts";
import type { FieldInfo } from "../protocols/inspection.ts";
import type { FilterOperator } from "./filter_parser.ts";
import type { FilterValue } from "./filter_value.ts";

type ValueTest = (value: RowValue) => boolean;

/**
 * A test of the values that a field has in a row: none where it doesn't stand, several where lists are on its way. Comparisons hold if
 * they hold for one of them; `!=` and `!~` hold if there are some and none of them is it.
 */
export function valueTest(
  field: FieldInfo,
  operator: FilterOperator,
  values: readonly FilterValue[],
): (found: readonly RowValue[]) => boolean {
  if (operator === "exists") return (found) => found.length > 0;
  if (operator === "!=" || operator === "!~") {
    const isIt = oneTest(field, operator === "!=" ? "==" : "~", values[0]!);
    return (found) => found.length > 0 && !found.some(isIt);
  }
  if (operator === "in") {
    const tests = values.map((value) => oneTest(field, "==", value));
    return (found) => found.some((one) => tests.some((test) => test(one)));
  }
  const test = oneTest(field, operator, values[0]!);
  return (found) => found.some(test);
}

function oneTest(
  field: FieldInfo,
  operator: Exclude<FilterOperator, "!=" | "!~" | "in" | "exists">,
  value: FilterValue,
): ValueTest {
  if (typeof value !== "string") return numberTest(operator, value);
  switch (operator) {
    case "~":
      return patternTest(value);
    case "contains":
      return (found) => typeof found === "string" && found.includes(value);
    default:
      // Digits of bytes have no case, and were written small.
      if (field.kind === "bytes") return (found) => `${found}`.toLowerCase() === value;
      return (found) => (typeof found === "boolean" ? String(found) : found) === value;
  }
}

/** Numbers and bigints compare as what they say, whichever of the two a row has. */
function numberTest(operator: string, value: number | bigint): ValueTest {
  const isNumber = (found: RowValue): found is number | bigint =>
    typeof found === "number" || typeof found === "bigint";
  switch (operator) {
    case "<":
      return (found) => isNumber(found) && found < value;
    case "<=":
      return (found) => isNumber(found) && found <= value;
    case ">":
      return (found) => isNumber(found) && found > value;
    case ">=":
      return (found) => isNumber(found) && found >= value;
    default: {
      // A field of 32 bits holds the nearest number to the one that was written.
      const nearest = typeof value === "number" ? Math.fround(value) : value;
      return (found) =>
        isNumber(found) &&
        ((found >= value && found <= value) ||
          (found >= nearest && found <= nearest && nearest !== value && !Number.isInteger(value)));
    }
  }
}

/** Without regard to case; `*` stands for any characters. Its cost is that of a search for each piece. */
function patternTest(pattern: string): ValueTest {
  const pieces = pattern.toLowerCase().split("*");
  return (found) => {
    if (typeof found !== "string") return false;
    const text = found.toLowerCase();
    let at = 0;
    for (const piece of pieces) {
      const place = text.indexOf(piece, at);
      if (place < 0) return false;
      at = place + piece.length;
    }
    return true;
  };
}
