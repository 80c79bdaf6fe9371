import { useEffect, useState } from "preact/hooks";
import type { Inspector } from "../state/inspector.ts";
import { Cancelled } from "../worker_client.ts";
import type { Answer, Ask, CallName } from "../worker_messages.ts";

/** A call under way, answered or failed. */
export interface CallState<N extends CallName> {
  readonly answer: Answer<N> | undefined;
  readonly failure: string;
  readonly done: number;
  readonly total: number;
  readonly isBusy: boolean;
}

/**
 * Asks the worker while a view is shown; asked again when `key` changes, cancelled when the view goes. The last answer stays
 * until there is a newer one.
 *
 * @param ask nothing while there is nothing to ask
 */
export function useCall<N extends CallName>(
  page: Inspector,
  name: N,
  key: string,
  ask: Ask<N> | undefined,
): CallState<N> {
  const [state, setState] = useState<CallState<N>>({
    answer: undefined,
    failure: "",
    done: 0,
    total: 0,
    isBusy: false,
  });
  useEffect(() => {
    if (ask === undefined) return;
    const stop = new AbortController();
    setState((before) => ({ ...before, failure: "", done: 0, total: 0, isBusy: true }));
    page.client
      .call(name, ask, {
        signal: stop.signal,
        onProgress: (done, total) => setState((before) => ({ ...before, done, total })),
      })
      .then((answer) => setState({ answer, failure: "", done: 0, total: 0, isBusy: false }))
      .catch((error: Error) => {
        if (!(error instanceof Cancelled)) setState((before) => ({ ...before, failure: error.message, isBusy: false }));
      });
    return () => stop.abort();
  }, [key]);
  return state;
}
