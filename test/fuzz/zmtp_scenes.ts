/** Where a session stands when mutated frames come in: what has brought it there, and what its peer would say next. */
import { crc32 } from "../../src/core/mod.ts";
import type { CurvePrimitives } from "../../src/ports/curve_primitives.ts";
import type { Entropy } from "../../src/ports/entropy.ts";
import { curveClient, curveServer } from "../../src/protocols/zmtp/curve_security.ts";
import { ZmtpFrameCutter } from "../../src/protocols/zmtp/frame_cutter.ts";
import { legacyVersions } from "../../src/protocols/zmtp/legacy_versions.ts";
import { ZmtpSession } from "../../src/protocols/zmtp/session.ts";
import type { SecurityOptions, Wire, ZmtpLimits, ZmtpSessionOptions } from "../../src/protocols/zmtp/session_types.ts";

export interface Scene {
  readonly name: string;
  readonly options: ZmtpSessionOptions;
  /** Fed to a new session, they bring it into the state. */
  readonly opening: readonly Uint8Array[];
  /** What comes then, in order: whole frames, greetings, or WebSocket messages. */
  readonly frames: readonly Uint8Array[];
}

/** Small, so that mutated frames come to them. */
export const LIMITS: ZmtpLimits = {
  maxFrameBytes: 1_500,
  maxMessageBytes: 1_600,
  maxMessageFrames: 6,
  maxCommandBytes: 600,
  maxMetadataBytes: 300,
};

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const TAG_BYTES = 16;

/**
 * CURVE's sizes and steps without its cost: what a million handshakes need. The real ones have a fuzz test of their own
 * (`test/protocols/zmtp/curve_mutated.test.ts`).
 */
const TOY_PRIMITIVES: CurvePrimitives = {
  publicKey: (secretKey) => secretKey.map((octet) => octet ^ 0x5a),
  sharedKey: (publicKey, secretKey) => {
    const key = publicKey.map((octet, i) => octet ^ secretKey[i]! ^ 0x5a);
    return key.every((octet) => octet === 0) ? undefined : key;
  },
  seal(box, nonce, key) {
    for (let i = TAG_BYTES; i < box.length; i++) box[i] = box[i]! ^ key[i & 31]!;
    box.set(tagOf(box, nonce, key));
  },
  open(box, nonce, key) {
    const tag = tagOf(box, nonce, key);
    if (tag.some((octet, i) => octet !== box[i])) return undefined;
    return box.slice(TAG_BYTES).map((octet, i) => octet ^ key[(i + TAG_BYTES) & 31]!);
  },
};

function tagOf(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  const crc = crc32(box.subarray(TAG_BYTES), crc32(nonce, crc32(key)));
  return Uint8Array.from({ length: TAG_BYTES }, (_, i) => (crc >>> (8 * (i & 3))) ^ i);
}

/** The same octets in each session, so that what was recorded once fits each time. */
function entropyFrom(first: number): Entropy {
  let next = first;
  return {
    fill(into) {
      for (let i = 0; i < into.length; i++) into[i] = next++ & 0xff;
    },
  };
}

const SERVER_SECRET = new Uint8Array(32).fill(3);
const CURVE: Readonly<Record<"client" | "server", SecurityOptions>> = {
  client: curveClient({
    primitives: TOY_PRIMITIVES,
    secretKey: new Uint8Array(32).fill(9),
    serverKey: TOY_PRIMITIVES.publicKey(SERVER_SECRET),
  }),
  server: curveServer({ primitives: TOY_PRIMITIVES, secretKey: SERVER_SECRET }),
};
const PLAIN: Readonly<Record<"client" | "server", SecurityOptions>> = {
  client: { mechanism: "PLAIN", role: "client", username: bytes("admin"), password: bytes("secret") },
  server: { mechanism: "PLAIN", role: "server" },
};
const NULL: SecurityOptions = { mechanism: "NULL" };

/** A new session's options; entropy counts anew in each. */
export function freshOptions(options: ZmtpSessionOptions): ZmtpSessionOptions {
  return { ...options, entropy: entropyFrom(17) };
}

function optionsOf(security: SecurityOptions, wire: Wire, more: Partial<ZmtpSessionOptions> = {}): ZmtpSessionOptions {
  return {
    socketType: "XPUB",
    identity: new Uint8Array(0),
    wire,
    security,
    asksWho: false,
    limits: LIMITS,
    handshakeTimeoutMs: 5_000,
    heartbeat: { intervalMs: 1_000, timeoutMs: 1_500, ttlMs: 2_000 },
    entropy: entropyFrom(17),
    ...more,
  };
}

/** What an XSUB says to the session of `options`, frame by frame: greeting, handshake, then a bit of everything. */
function record(options: ZmtpSessionOptions, peerSecurity: SecurityOptions): Uint8Array[] {
  const own = new ZmtpSession(freshOptions(options), 0);
  const peerOptions = {
    ...optionsOf(peerSecurity, options.wire),
    socketType: "XSUB",
    entropy: entropyFrom(99),
  } as const;
  const peer = new ZmtpSession(peerOptions, 0);
  const said: Uint8Array[] = [];
  const carry = (): void => {
    for (let left = 6; left > 0; left--) {
      for (const chunk of own.takeOutput()) peer.receive(chunk.slice(), 0);
      for (const chunk of peer.takeOutput()) {
        said.push(chunk.slice());
        own.receive(chunk.slice(), 0);
      }
      if (own.nextEvent()?.type === "authenticate") {
        own.command({ type: "decide", status: 200, text: "", userId: "", metadata: [] }, 0);
      }
    }
  };
  carry();
  if (peer.state !== "ready") throw new Error(`a scene that is ${peer.state}`);
  for (let i = 0; i < 3; i++) {
    peer.command({ type: "subscribe", topic: bytes(`topic ${i}`) }, 0);
    peer.send([bytes("one")]);
    peer.send([bytes("several"), new Uint8Array(0), new Uint8Array(300).fill(7)]);
    peer.command({ type: "cancel", topic: bytes(`topic ${i}`) }, 0);
    peer.onTimeout(peer.nextTimeoutMs()!);
    carry();
  }
  return options.wire === "stream" ? cut(said) : said;
}

/** The frames of a stream. */
function cut(chunks: readonly Uint8Array[]): Uint8Array[] {
  let rest = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  const cutter = new ZmtpFrameCutter();
  const frames: Uint8Array[] = [];
  while (rest.length > 0) {
    const probe = cutter.probe(rest);
    if (probe.status !== "ok") throw new Error(`a recorded stream that is ${probe.status}`);
    frames.push(rest.slice(0, probe.frameBytes));
    cutter.accept();
    rest = rest.slice(probe.frameBytes);
  }
  return frames;
}

/** @param at frames that bring the session into its state */
function scene(name: string, options: ZmtpSessionOptions, peer: SecurityOptions, at: number): Scene {
  const frames = record(options, peer);
  return { name, options, opening: frames.slice(0, at), frames: frames.slice(at) };
}

/** Every state that a session can be in, by mechanism, role and wire. */
export function zmtpScenes(): readonly Scene[] {
  const ask = { asksWho: true };
  return [
    scene("greeting", optionsOf(NULL, "stream"), NULL, 0),
    scene("greeting with old versions", optionsOf(NULL, "stream", { legacy: legacyVersions }), NULL, 0),
    scene("securing NULL", optionsOf(NULL, "stream"), NULL, 1),
    scene("securing NULL, asked", optionsOf(NULL, "stream", ask), NULL, 1),
    scene("securing PLAIN as client", optionsOf(PLAIN.client, "stream"), PLAIN.server, 1),
    scene("securing PLAIN as server", optionsOf(PLAIN.server, "stream", ask), PLAIN.client, 1),
    scene("securing CURVE as client", optionsOf(CURVE.client, "stream"), CURVE.server, 1),
    scene("securing CURVE as server", optionsOf(CURVE.server, "stream", ask), CURVE.client, 1),
    scene("CURVE as client, behind WELCOME", optionsOf(CURVE.client, "stream"), CURVE.server, 2),
    scene("CURVE as server, behind HELLO", optionsOf(CURVE.server, "stream", ask), CURVE.client, 2),
    scene("ready", optionsOf(NULL, "stream"), NULL, 2),
    scene("ready CURVE as client", optionsOf(CURVE.client, "stream"), CURVE.server, 3),
    scene("ready CURVE as server", optionsOf(CURVE.server, "stream"), CURVE.client, 3),
    scene("ready ZWS2.0", optionsOf(NULL, "ZWS2.0"), NULL, 1),
    scene("ready ZWS2.0/NULL", optionsOf(NULL, "ZWS2.0/NULL"), NULL, 1),
    scene("securing ZWS2.0/PLAIN", optionsOf(PLAIN.server, "ZWS2.0/PLAIN"), PLAIN.client, 0),
  ];
}
