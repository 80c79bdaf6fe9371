/** Calls that open, grow and close captures. */
import type { Ask } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import type { OpenCapture } from "./open_capture.ts";

export async function open(ask: Ask<"open">, { captures }: CallContext): Promise<{ capture: number }> {
  const capture = await captures.open(ask);
  // Indexed while it is shown: nobody waits for its end.
  void run(capture.run());
  capture.changed();
  return { capture: capture.number };
}

export async function close({ capture }: Ask<"close">, { captures }: CallContext): Promise<null> {
  captures.close(capture);
  return null;
}

export async function grow({ capture }: Ask<"grow">, { captures }: CallContext): Promise<null> {
  await captures.get(capture).grow();
  return null;
}

export async function checkContents({ capture }: Ask<"checkContents">, { captures }: CallContext): Promise<null> {
  void run(captures.get(capture).checkContents());
  return null;
}

export async function halt({ capture }: Ask<"halt">, { captures }: CallContext): Promise<null> {
  captures.get(capture).halt();
  return null;
}

export async function whole(
  { capture, maxBytes }: Ask<"whole">,
  { captures }: CallContext,
): Promise<Uint8Array | null> {
  const { source } = captures.get(capture);
  return source.bytes <= maxBytes ? source.read(0, source.bytes) : null;
}

export async function append({ capture, bytes }: Ask<"append">, { captures }: CallContext): Promise<null> {
  captures.get(capture).append(bytes);
  return null;
}

/** A capture that was closed stops; what else goes wrong must be seen. */
async function run(work: ReturnType<OpenCapture["run"]>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}
