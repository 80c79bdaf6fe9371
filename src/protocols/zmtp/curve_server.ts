import type { CurvePrimitives } from "../../ports/curve_primitives.ts";
import type { Entropy } from "../../ports/entropy.ts";
import { isNamed, nameOf } from "./commands.ts";
import { CurveBox } from "./curve_box.ts";
import { type CookieContent, CurveCookie } from "./curve_cookie.ts";
import { curveError, wrongLength } from "./curve_errors.ts";
import {
  HELLO,
  IDENTIFICATION,
  INITIATE,
  KEY_BYTES,
  NONCE_PREFIXES,
  nonceOf,
  READY,
  sameBytes,
  startCommand,
  TAG_BYTES,
  WELCOME,
  wipe,
  writeShortNonce,
} from "./curve_wire.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import { HandshakeSteps } from "./handshake_steps.ts";
import type { AuthenticateDecision, FrameBox, MechanismContext } from "./mechanism.ts";
import { decodeMetadata } from "./metadata.ts";
import type { Metadata } from "./metadata_types.ts";

/** The long-term keys of a server, 32 octets each; they are not wiped, because further connections need them. */
export interface CurveServerKeys {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** A client that has proven who it is. */
interface ProvenClient {
  readonly publicKey: Uint8Array;
  readonly metadata: Metadata;
  /** INITIATE's, 8 octets. */
  readonly lastNonce: Uint8Array;
}

/** One box goes out with each nonce: 1 with READY, then MESSAGE's (zmtp §1.8). */
const READY_NONCE = 1;
const FIRST_MESSAGE_NONCE = 2;

/**
 * The server's side of CURVE (zmtp §1.7). Between WELCOME and INITIATE it keeps nothing of a client but the key of that
 * connection's cookie. Draws 96 octets of entropy for WELCOME: s' (32), the cookie's key (32) and its nonce (16), and
 * WELCOME's nonce (16).
 */
export class CurveServer extends HandshakeSteps {
  readonly name = "CURVE";
  readonly #keys: CurveServerKeys;
  readonly #primitives: CurvePrimitives;
  readonly #context: MechanismContext;
  readonly #entropy: Entropy;
  /** The one thing that may come now; nothing before the start and once it is over. */
  #awaits: "HELLO" | "INITIATE" | "decision" | undefined;
  #cookie: CurveCookie | undefined;
  /** Of C' and s', from INITIATE on. */
  #key: Uint8Array | undefined;
  /** While a decision is awaited. */
  #client: ProvenClient | undefined;
  #box: CurveBox | undefined;

  constructor(keys: CurveServerKeys, primitives: CurvePrimitives, context: MechanismContext, entropy: Entropy) {
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
    this.#awaits = "HELLO";
  }

  protected get isDeaf(): boolean {
    return this.#awaits === undefined;
  }

  protected take(command: Uint8Array): void {
    const awaited = this.#awaits!;
    if (awaited === "decision") throw unexpectedCommand(nameOf(command), "nothing before READY");
    if (!isNamed(command, awaited)) throw unexpectedCommand(nameOf(command), awaited);
    if (awaited === "HELLO") this.#takeHello(command);
    else this.#takeInitiate(command);
  }

  decide(decision: AuthenticateDecision): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#client = undefined;
    if (decision.status === 200) {
      this.#letIn(client, decision.userId);
      return;
    }
    this.deny(decision);
  }

  close(): void {
    this.#awaits = undefined;
    this.#cookie?.close();
    this.#cookie = undefined;
    this.#client = undefined;
    wipe(this.#key);
    this.#box?.close();
  }

  #takeHello(hello: Uint8Array): void {
    if (hello.length !== HELLO.bytes) throw wrongLength(HELLO.name, hello.length, `${HELLO.bytes}`);
    const [major, minor] = [hello[HELLO.versionAt]!, hello[HELLO.versionAt + 1]!];
    if (major !== 1 || minor !== 0) {
      throw curveError("version-unsupported", `CurveZMQ ${major}.${minor}`, "1.0", HELLO.versionAt);
    }
    const clientTransient = hello.slice(HELLO.keyAt, HELLO.keyAt + KEY_BYTES);
    const key = this.#sharedKey(clientTransient, this.#keys.secretKey, HELLO.keyAt);
    const nonce = nonceOf(NONCE_PREFIXES.hello, hello, HELLO.nonceAt);
    // What is in the box says nothing; that it opens shows that the client knows S.
    if (this.#primitives.open(hello.subarray(HELLO.boxAt), nonce, key) === undefined) {
      throw curveError("wrong-server-key", "a HELLO that does not open", "one for this server's key", HELLO.boxAt);
    }
    this.say(this.#welcome(clientTransient, key));
    wipe(key);
    this.#awaits = "INITIATE";
  }

  #welcome(clientTransient: Uint8Array, key: Uint8Array): Uint8Array {
    const transientSecret = new Uint8Array(KEY_BYTES);
    this.#entropy.fill(transientSecret);
    this.#cookie = new CurveCookie(this.#primitives, this.#entropy);
    const welcome = startCommand(WELCOME.name, WELCOME.bytes);
    const box = welcome.subarray(WELCOME.boxAt);
    box.set(this.#primitives.publicKey(transientSecret), TAG_BYTES);
    box.set(this.#cookie.bake({ clientTransient, transientSecret }, this.#entropy), TAG_BYTES + KEY_BYTES);
    wipe(transientSecret);
    this.#entropy.fill(welcome.subarray(WELCOME.nonceAt, WELCOME.boxAt));
    this.#primitives.seal(box, nonceOf(NONCE_PREFIXES.welcome, welcome, WELCOME.nonceAt), key);
    return welcome;
  }

  #takeInitiate(initiate: Uint8Array): void {
    const { maxMetadataBytes } = this.#context;
    if (initiate.length < INITIATE.minBytes || initiate.length > INITIATE.minBytes + maxMetadataBytes) {
      const expected = `${INITIATE.minBytes} to ${INITIATE.minBytes + maxMetadataBytes}`;
      throw wrongLength(INITIATE.name, initiate.length, expected);
    }
    const content = this.#cookie!.open(initiate.subarray(INITIATE.cookieAt, INITIATE.nonceAt));
    if (content === undefined) {
      throw curveError("bad-cookie", "a cookie that does not open", "this connection's own", INITIATE.cookieAt);
    }
    let client: ProvenClient;
    try {
      client = this.#identify(initiate, content);
    } finally {
      wipe(content.transientSecret);
    }
    this.#context.checkPeer(client.metadata);
    if (!this.#context.asksWho) {
      this.#letIn(client, "");
      return;
    }
    this.#client = client;
    this.#awaits = "decision";
    this.comeTo({ type: "authenticate", request: { mechanism: "CURVE", publicKey: client.publicKey } });
  }

  /** Opens INITIATE's box and the vouch in it. */
  #identify(initiate: Uint8Array, { clientTransient, transientSecret }: CookieContent): ProvenClient {
    this.#key = this.#sharedKey(clientTransient, transientSecret, INITIATE.cookieAt);
    const nonce = nonceOf(NONCE_PREFIXES.initiate, initiate, INITIATE.nonceAt);
    const plain = this.#primitives.open(initiate.subarray(INITIATE.boxAt), nonce, this.#key);
    if (plain === undefined) {
      throw curveError("bad-initiate", "an INITIATE that does not open", "the cookie's client's", INITIATE.boxAt);
    }
    const publicKey = plain.slice(0, KEY_BYTES);
    this.#checkVouch(plain, this.#sharedKey(publicKey, transientSecret, INITIATE.boxAt), clientTransient);
    const metadata = decodeMetadata(plain.subarray(IDENTIFICATION.metadataAt), this.#context.maxMetadataBytes);
    return { publicKey, metadata, lastNonce: initiate.slice(INITIATE.nonceAt, INITIATE.boxAt) };
  }

  /** Only who has c can have vouched for C'; and only for this server: libzmq leaves S unchecked (zmtp §1.7). */
  #checkVouch(identification: Uint8Array, key: Uint8Array, clientTransient: Uint8Array): void {
    const nonce = nonceOf(NONCE_PREFIXES.vouch, identification, IDENTIFICATION.vouchNonceAt);
    const box = identification.subarray(IDENTIFICATION.vouchAt, IDENTIFICATION.metadataAt);
    const vouch = this.#primitives.open(box, nonce, key);
    wipe(key);
    if (vouch === undefined) throw curveError("bad-vouch", "a vouch that does not open", "one sealed by the client");
    if (!sameBytes(vouch.subarray(0, KEY_BYTES), clientTransient)) {
      throw curveError("bad-vouch", "a vouch for another connection", "one for this connection's transient key");
    }
    if (!sameBytes(vouch.subarray(KEY_BYTES), this.#keys.publicKey)) {
      throw curveError("bad-vouch", "a vouch for another server", "one for this server's key");
    }
  }

  #letIn({ metadata, lastNonce }: ProvenClient, userId: string): void {
    const key = this.#key!;
    const { localMetadata } = this.#context;
    const ready = startCommand(READY.name, READY.minBytes + localMetadata.length);
    writeShortNonce(ready, READY.nonceAt, READY_NONCE);
    const box = ready.subarray(READY.boxAt);
    box.set(localMetadata, TAG_BYTES);
    this.#primitives.seal(box, nonceOf(NONCE_PREFIXES.ready, ready, READY.nonceAt), key);
    this.say(ready);
    this.#box = new CurveBox({
      primitives: this.#primitives,
      role: "server",
      key,
      nextNonce: FIRST_MESSAGE_NONCE,
      lastNonce,
    });
    this.#awaits = undefined;
    this.comeTo({ type: "ready", metadata, userId });
  }

  /** Of a key that the peer sent, at `offset`. */
  #sharedKey(publicKey: Uint8Array, secretKey: Uint8Array, offset: number): Uint8Array {
    const key = this.#primitives.sharedKey(publicKey, secretKey);
    if (key !== undefined) return key;
    throw curveError("weak-key", "a key of small order", "one that no third party can share", offset);
  }
}
