import type { CurvePrimitives } from "../../ports/curve_primitives.ts";
import type { Entropy } from "../../ports/entropy.ts";
import { ClientSteps } from "./client_steps.ts";
import { CurveBox } from "./curve_box.ts";
import { curveError, wrongLength } from "./curve_errors.ts";
import {
  HELLO,
  IDENTIFICATION,
  INITIATE,
  KEY_BYTES,
  NONCE_PREFIXES,
  nonceOf,
  READY,
  startCommand,
  TAG_BYTES,
  WELCOME,
  wipe,
  writeShortNonce,
} from "./curve_wire.ts";
import type { FrameBox, MechanismContext } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";

/** The long-term keys of a client, 32 octets each; they are not wiped, because further connections need them. */
export interface CurveClientKeys {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** One box goes out with each nonce: 1 with HELLO, 2 with INITIATE, then MESSAGE's (zmtp §1.8). */
const HELLO_NONCE = 1;
const INITIATE_NONCE = 2;
const FIRST_MESSAGE_NONCE = 3;

/** The client's side of CURVE (zmtp §1.7). Draws 32 octets of entropy at its start and 16 for the vouch. */
export class CurveClient extends ClientSteps {
  readonly name = "CURVE";
  readonly #keys: CurveClientKeys;
  readonly #primitives: CurvePrimitives;
  readonly #context: MechanismContext;
  readonly #entropy: Entropy;
  /** c' and C': of this connection only. */
  readonly #transientSecret: Uint8Array = new Uint8Array(KEY_BYTES);
  #transientPublic: Uint8Array = new Uint8Array(KEY_BYTES);
  /** Of c' and S: seals HELLO and opens WELCOME. */
  #helloKey: Uint8Array | undefined;
  /** Of c' and S': for all that follows. */
  #key: Uint8Array | undefined;
  #box: CurveBox | undefined;

  constructor(keys: CurveClientKeys, primitives: CurvePrimitives, context: MechanismContext, entropy: Entropy) {
    super();
    this.#keys = keys;
    this.#primitives = primitives;
    this.#context = context;
    this.#entropy = entropy;
  }

  override get box(): FrameBox | undefined {
    return this.#box;
  }

  start(): void {
    this.#entropy.fill(this.#transientSecret);
    this.#transientPublic = this.#primitives.publicKey(this.#transientSecret);
    // Never nothing: `curveClient` refuses a server key of small order.
    this.#helloKey = this.#primitives.sharedKey(this.#keys.serverKey, this.#transientSecret)!;
    this.say(this.#hello(this.#helloKey));
    this.awaits = "WELCOME";
  }

  override close(): void {
    super.close();
    wipe(this.#transientSecret, this.#helloKey, this.#key);
    this.#box?.close();
  }

  #hello(key: Uint8Array): Uint8Array {
    const hello = startCommand(HELLO.name, HELLO.bytes);
    hello[HELLO.versionAt] = 1;
    hello.set(this.#transientPublic, HELLO.keyAt);
    writeShortNonce(hello, HELLO.nonceAt, HELLO_NONCE);
    this.#primitives.seal(hello.subarray(HELLO.boxAt), nonceOf(NONCE_PREFIXES.hello, hello, HELLO.nonceAt), key);
    return hello;
  }

  protected takeWelcome(welcome: Uint8Array): void {
    if (welcome.length !== WELCOME.bytes) throw wrongLength(WELCOME.name, welcome.length, `${WELCOME.bytes}`);
    const nonce = nonceOf(NONCE_PREFIXES.welcome, welcome, WELCOME.nonceAt);
    const plain = this.#primitives.open(welcome.subarray(WELCOME.boxAt), nonce, this.#helloKey!);
    if (plain === undefined) {
      throw curveError("wrong-server-key", "a WELCOME that does not open", "one of the server we know", WELCOME.boxAt);
    }
    const serverTransient = plain.subarray(0, KEY_BYTES);
    this.#key = this.#primitives.sharedKey(serverTransient, this.#transientSecret);
    const vouchKey = this.#primitives.sharedKey(serverTransient, this.#keys.secretKey);
    if (this.#key === undefined || vouchKey === undefined) {
      throw curveError("weak-key", "a transient key of small order", "one that no third party can share");
    }
    this.say(this.#initiate(plain.subarray(KEY_BYTES), this.#key, vouchKey));
    wipe(this.#transientSecret, this.#helloKey, vouchKey);
    this.awaits = "READY";
  }

  #initiate(cookie: Uint8Array, key: Uint8Array, vouchKey: Uint8Array): Uint8Array {
    const { localMetadata } = this.#context;
    const initiate = startCommand(INITIATE.name, INITIATE.minBytes + localMetadata.length);
    initiate.set(cookie, INITIATE.cookieAt);
    writeShortNonce(initiate, INITIATE.nonceAt, INITIATE_NONCE);
    const box = initiate.subarray(INITIATE.boxAt);
    const plain = box.subarray(TAG_BYTES);
    plain.set(this.#keys.publicKey);
    const vouchNonceBytes = plain.subarray(IDENTIFICATION.vouchNonceAt, IDENTIFICATION.vouchAt);
    this.#entropy.fill(vouchNonceBytes);
    const vouch = plain.subarray(IDENTIFICATION.vouchAt, IDENTIFICATION.metadataAt);
    vouch.set(this.#transientPublic, TAG_BYTES);
    vouch.set(this.#keys.serverKey, TAG_BYTES + KEY_BYTES);
    this.#primitives.seal(vouch, nonceOf(NONCE_PREFIXES.vouch, vouchNonceBytes, 0), vouchKey);
    plain.set(localMetadata, IDENTIFICATION.metadataAt);
    this.#primitives.seal(box, nonceOf(NONCE_PREFIXES.initiate, initiate, INITIATE.nonceAt), key);
    return initiate;
  }

  protected takeReady(ready: Uint8Array): void {
    const { maxMetadataBytes } = this.#context;
    if (ready.length < READY.minBytes || ready.length > READY.minBytes + maxMetadataBytes) {
      throw wrongLength(READY.name, ready.length, `${READY.minBytes} to ${READY.minBytes + maxMetadataBytes}`);
    }
    const nonce = nonceOf(NONCE_PREFIXES.ready, ready, READY.nonceAt);
    const plain = this.#primitives.open(ready.subarray(READY.boxAt), nonce, this.#key!);
    if (plain === undefined) {
      throw curveError("bad-ready", "a READY that does not open", "one that the server has sealed", READY.boxAt);
    }
    const metadata = decodeMetadata(plain, maxMetadataBytes);
    this.#context.checkPeer(metadata);
    this.#box = new CurveBox({
      primitives: this.#primitives,
      role: "client",
      key: this.#key!,
      nextNonce: FIRST_MESSAGE_NONCE,
      lastNonce: ready.subarray(READY.nonceAt, READY.boxAt),
    });
    this.awaits = undefined;
    this.comeTo({ type: "ready", metadata, userId: "" });
  }
}
