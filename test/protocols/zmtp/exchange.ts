import { readdirSync, readFileSync } from "node:fs";
import type { CurvePrimitives } from "../../../src/ports/curve_primitives.ts";
import { curveClient, curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import type { Mechanism } from "../../../src/protocols/zmtp/mechanism.ts";
import { unhex } from "../../hex.ts";
import { CLIENT_SECRET, contextOf, countingEntropy, metadataOf, SERVER_KEY, SERVER_SECRET } from "./curve_pair.ts";

const FOLDER = new URL("../../../fixtures/zmtp/exchanges/", import.meta.url);
const GREETING_BYTES = 64;

/** One connection, as `fixtures/zmtp/exchanges/README.md` describes it; bytes in hexadecimal. */
export interface Exchange {
  readonly from: string;
  readonly ourRole: "client" | "server";
  readonly ourSocketType: string;
  readonly entropyFrom: number;
  readonly theirs: string;
  readonly ours: string;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
  readonly frames: readonly { readonly flags: number; readonly body: string }[];
}

/** All recorded exchanges by name. */
export function exchanges(): [name: string, exchange: Exchange][] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => [file.slice(0, -".json".length), JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"))]);
}

/** The flags and bodies of the frames behind a greeting. */
export function framesOf(stream: string): { readonly flags: number; readonly body: Uint8Array }[] {
  const bytes = unhex(stream);
  const view = new DataView(bytes.buffer);
  const frames = [];
  for (let at = GREETING_BYTES; at < bytes.length; ) {
    const flags = bytes[at]!;
    const isLong = (flags & 2) !== 0;
    const start = at + (isLong ? 9 : 2);
    const length = isLong ? Number(view.getBigUint64(at + 1)) : bytes[at + 1]!;
    frames.push({ flags, body: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return frames;
}

/** Our side of an exchange, started. */
export function ourSide({ ourRole, ourSocketType, entropyFrom }: Exchange, primitives: CurvePrimitives): Mechanism {
  const options =
    ourRole === "client"
      ? curveClient({ primitives, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY })
      : curveServer({ primitives, secretKey: SERVER_SECRET });
  const context = contextOf({ localMetadata: metadataOf(ourSocketType) });
  const mechanism = options.create(context, countingEntropy(entropyFrom));
  mechanism.start();
  return mechanism;
}
