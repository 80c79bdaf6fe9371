import type { Answer, Ask, CallName } from "../worker_messages.ts";
import { append, checkContents, close, grow, halt, open, whole } from "./capture_calls.ts";
import type { CallContext } from "./captures.ts";
import { edit, reencode } from "./change_calls.ts";
import { complete, filter } from "./find_calls.ts";
import { detail, nextProblem, positionOf, rowAt, rows, strip, toggle } from "./list_calls.ts";
import { problems } from "./problem_calls.ts";
import { replay } from "./replay_calls.ts";
import { search } from "./search_calls.ts";
import { timeline } from "./time_calls.ts";

type Calls = { readonly [N in CallName]: (ask: Ask<N>, context: CallContext) => Promise<Answer<N>> };

/** Everything that the page may ask for. */
export const CALLS: Calls = {
  open,
  close,
  grow,
  append,
  halt,
  checkContents,
  whole,
  rows,
  toggle,
  positionOf,
  rowAt,
  detail,
  nextProblem,
  strip,
  problems,
  timeline,
  filter,
  complete,
  search,
  reencode,
  edit,
  // Fetched when they are asked for: most who open a capture never do.
  compare: async (ask, context) => (await import("./compare_calls.ts")).compare(ask, context),
  export: async (ask, context) => (await import("./export_calls.ts")).exportRows(ask, context),
  replay,
};
