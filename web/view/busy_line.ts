import { h, type JSX } from "preact";
import type { CallName } from "../worker_messages.ts";
import type { CallState } from "./use_call.ts";

/** How far a call is, or why it failed; nothing once it is answered. */
export function BusyLine<N extends CallName>({
  call,
  doing,
}: {
  readonly call: CallState<N>;
  readonly doing: string;
}): JSX.Element | null {
  if (call.failure !== "") return h("p", { class: "said", role: "alert" }, call.failure);
  if (!call.isBusy) return null;
  const { done, total } = call;
  return h(
    "p",
    { class: "busy", role: "status" },
    doing,
    total === 0 ? null : h("progress", { max: total, value: done, "aria-label": doing }),
  );
}
