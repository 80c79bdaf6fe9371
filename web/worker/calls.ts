import type { Answer, Ask, CallName } from "../worker_messages.ts";
import { append, checkContents, close, grow, open, whole } from "./capture_calls.ts";
import type { CallContext } from "./captures.ts";
import { edit, reencode } from "./change_calls.ts";
import { detail, nextProblem, positionOf, rowAt, rows, strip, toggle } from "./list_calls.ts";

type Calls = { readonly [N in CallName]?: (ask: Ask<N>, context: CallContext) => Promise<Answer<N>> };

/** Everything that the page may ask for. */
export const CALLS: Calls = {
  open,
  close,
  grow,
  append,
  checkContents,
  whole,
  rows,
  toggle,
  positionOf,
  rowAt,
  detail,
  nextProblem,
  strip,
  reencode,
  edit,
};
