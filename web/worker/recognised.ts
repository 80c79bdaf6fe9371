/** What a capture is, before it is indexed. */

import type { CaptureFormat, Recognition } from "../../src/inspect/capture_format.ts";
import { decodedText } from "../../src/inspect/digits.ts";
import { RECOGNISED_BYTES, recognise } from "../../src/inspect/recognise.ts";
import type { CaptureSource } from "../../src/ports/capture_source.ts";
import { CATALOGUE } from "../../src/protocols/catalogue.ts";
import type { CandidateView, OpenAsk } from "../worker_messages.ts";
import { BlobSource, LiveSource } from "./sources.ts";

export interface Recognised {
  /** The bytes that are indexed: of a file of digits those that they stand for. */
  readonly source: CaptureSource;
  readonly format: CaptureFormat;
  /** Nothing for what is said to be a format and has no bytes yet. */
  readonly recognition: Recognition | undefined;
}

/** Looks at the head of what is to be opened; rejects with what is wrong with its digits. */
export async function recognised(ask: OpenAsk): Promise<Recognised> {
  const source = await sourceOf(ask);
  const { format } = ask;
  if (source instanceof LiveSource && format !== undefined) return { source, format, recognition: undefined };
  const recognition = await recogniseSource(source);
  const chosen = format ?? recognition.chosen.format;
  if (chosen.container !== "hex" && chosen.container !== "base64") return { source, format: chosen, recognition };
  const digits = await decodedText(source, chosen.container);
  const inner = (await recogniseSource(digits)).chosen.format;
  const { protocol } = chosen;
  return { source: digits, format: protocol === undefined ? inner : { ...inner, protocol }, recognition };
}

/** What it could be, for people to choose from. */
export function candidateViews({ recognition, format }: Recognised): CandidateView[] {
  return (recognition?.candidates ?? []).map((candidate) => ({
    format: candidate.format,
    reason: candidate.reason,
    title: formatTitle(candidate.format),
    isChosen: candidate.format.container === format.container && candidate.format.protocol === format.protocol,
  }));
}

export function protocolTitle(protocol: string | undefined): string {
  return CATALOGUE.find(({ name }) => name === protocol)?.title ?? "any protocol";
}

function formatTitle({ container, protocol }: CaptureFormat): string {
  return `${CONTAINERS[container]}${protocol === undefined ? "" : ` · ${protocolTitle(protocol)}`}`;
}

async function recogniseSource(source: CaptureSource): Promise<Recognition> {
  return recognise(await source.read(0, RECOGNISED_BYTES), source.bytes);
}

const CONTAINERS: Readonly<Record<CaptureFormat["container"], string>> = {
  stream: "raw stream",
  pcap: "pcap",
  pcapng: "pcapng",
  hex: "hex digits",
  base64: "base64",
};

async function sourceOf({ name, blob, bytes, isDemo }: OpenAsk): Promise<CaptureSource> {
  if (isDemo) {
    const { demoCapture } = await import("./demo_capture.ts");
    return new BlobSource(name, new Blob([demoCapture().slice()]));
  }
  if (blob !== undefined) return new BlobSource(name, blob);
  if (bytes !== undefined) return new BlobSource(name, new Blob([bytes.slice()]));
  return new LiveSource(name);
}
