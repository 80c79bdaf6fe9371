/** The worker: everything that reads, indexes or decodes captures runs here. */
import { ProtocolError } from "../../src/core/mod.ts";
import type { CallName, CaptureProgress, FromWorker, ToWorker } from "../worker_messages.ts";
import { CALLS } from "./calls.ts";
import { type CallContext, Captures } from "./captures.ts";
import { placeZstd } from "./zstd_start.ts";

/** Seldom beside the frames that a call may look at, often beside what an eye follows. */
const PROGRESS_EVERY_MS = 100;

const tell = (progress: CaptureProgress): void => send({ type: "capture", progress });
const captures = new Captures(tell);
/** Calls that can be cancelled. */
const running = new Map<number, AbortController>();

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "start":
      placeZstd(data.zstd);
      break;
    case "cancel":
      running.get(data.call)?.abort(new Error("cancelled"));
      break;
    case "call":
      void answer(data.call, data.name, data.ask);
      break;
  }
});

function send(message: FromWorker): void {
  self.postMessage(message);
}

async function answer(call: number, name: CallName, ask: unknown): Promise<void> {
  const stop = new AbortController();
  running.set(call, stop);
  let toldMs = Number.NEGATIVE_INFINITY;
  const progress: CallContext["progress"] = (done, total) => {
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = nowMs;
    send({ type: "progress", call, done, total });
  };
  const context: CallContext = { captures, signal: stop.signal, progress };
  try {
    const run = CALLS[name] as (ask: unknown, context: CallContext) => Promise<unknown>;
    send({ type: "answer", call, answer: await run(ask, context) });
  } catch (error) {
    send({ type: "failed", call, message: messageOf(error), isCancelled: stop.signal.aborted });
  } finally {
    running.delete(call);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ProtocolError) return `found ${error.found}, expected ${error.expected}`;
  return error instanceof Error ? error.message : String(error);
}
