import { isNamed } from "./commands.ts";
import { curveError, wrongLength } from "./curve_errors.ts";
import { HELLO, INITIATE, MESSAGE, READY, WELCOME } from "./curve_wire.ts";
import type { DecodedFrame } from "./decoded_frame.ts";
import type { FieldPlace } from "./field_place.ts";

const CURVE_VERSION = 1;

/** One of the four commands of the handshake, whose name was seen: what can be read without keys (zmtp §1.7). */
export function decodeCurveCommand(
  name: "HELLO" | "WELCOME" | "INITIATE" | "READY",
  body: Uint8Array,
  told: FieldPlace | undefined,
): DecodedFrame {
  switch (name) {
    case "HELLO":
      return hello(body, told);
    case "WELCOME":
      return welcome(body, told);
    case "INITIATE": {
      if (body.length < INITIATE.minBytes) throw wrongLength(name, body.length, `${INITIATE.minBytes} or more`);
      const cookie = body.slice(INITIATE.cookieAt, INITIATE.nonceAt);
      told?.sink.field("cookie", cookie, told.at + INITIATE.cookieAt, cookie.length, "bytes");
      return { type: "initiate", box: counted(body, INITIATE.nonceAt, INITIATE.boxAt, told) };
    }
    case "READY":
      if (body.length < READY.minBytes) throw wrongLength(name, body.length, `${READY.minBytes} or more`);
      return { type: "ready", box: counted(body, READY.nonceAt, READY.boxAt, told) };
  }
}

/** A frame behind the handshake: COMMAND or not, it must be a MESSAGE (zmtp §1.8, §1.10, trap 1). */
export function decodeSealed(body: Uint8Array, told: FieldPlace | undefined): DecodedFrame {
  if (!isNamed(body, MESSAGE.name)) {
    throw curveError("not-a-message", "a frame that is no MESSAGE", "MESSAGE: nothing travels unsealed", 0);
  }
  if (body.length < MESSAGE.minBytes) throw wrongLength(MESSAGE.name, body.length, `${MESSAGE.minBytes} or more`);
  told?.sink.field("name", MESSAGE.name, told.at, MESSAGE.nonceAt, "text");
  return { type: "sealed", box: counted(body, MESSAGE.nonceAt, MESSAGE.boxAt, told) };
}

function welcome(body: Uint8Array, told: FieldPlace | undefined): DecodedFrame {
  if (body.length !== WELCOME.bytes) throw wrongLength("WELCOME", body.length, `${WELCOME.bytes}`);
  const nonce = body.slice(WELCOME.nonceAt, WELCOME.boxAt);
  told?.sink.field("nonce", nonce, told.at + WELCOME.nonceAt, nonce.length, "bytes");
  return { type: "welcome", box: { nonce, boxBytes: tellBox(body, WELCOME.boxAt, told) } };
}

function hello(body: Uint8Array, told: FieldPlace | undefined): DecodedFrame {
  if (body.length !== HELLO.bytes) throw wrongLength("HELLO", body.length, `${HELLO.bytes}`);
  const [major, minor] = [body[HELLO.versionAt]!, body[HELLO.versionAt + 1]!];
  if (major !== CURVE_VERSION || minor !== 0) {
    throw curveError("version-unsupported", `version ${major}.${minor}`, `${CURVE_VERSION}.0`, HELLO.versionAt);
  }
  const key = body.slice(HELLO.keyAt, HELLO.nonceAt);
  told?.sink.field("version", `${major}.${minor}`, told.at + HELLO.versionAt, 2, "text");
  told?.sink.field("transientKey", key, told.at + HELLO.keyAt, key.length, "bytes");
  return { type: "hello", key, box: counted(body, HELLO.nonceAt, HELLO.boxAt, told) };
}

/** A nonce that counts, and the box behind it. */
function counted(
  body: Uint8Array,
  nonceAt: number,
  boxAt: number,
  told: FieldPlace | undefined,
): { readonly nonce: bigint; readonly boxBytes: number } {
  let nonce = 0n;
  for (let i = nonceAt; i < boxAt; i++) nonce = (nonce << 8n) | BigInt(body[i]!);
  told?.sink.field("nonce", nonce, told.at + nonceAt, boxAt - nonceAt, "u64be");
  return { nonce, boxBytes: tellBox(body, boxAt, told) };
}

function tellBox(body: Uint8Array, boxAt: number, told: FieldPlace | undefined): number {
  const boxBytes = body.length - boxAt;
  told?.sink.field("box", body.slice(boxAt), told.at + boxAt, boxBytes, "bytes");
  return boxBytes;
}
