import { FlaggedFrameScanner } from "../../core/mod.ts";
import { createMechanism } from "./create_mechanism.ts";
import { zmtpError } from "./errors.ts";
import type { FrameSource } from "./frame_source.ts";
import type { FrameWriter } from "./frame_writer.ts";
import { GreetingExchange } from "./greeting_exchange.ts";
import type { LegacyPeer } from "./legacy.ts";
import type { AuthenticateDecision, FrameBox, Mechanism, MechanismOutcome } from "./mechanism.ts";
import type { Metadata } from "./metadata_types.ts";
import { checkPeer, checkSocketType, identityOf, localMetadata, socketTypeOf } from "./peer_check.ts";
import type { PeerInfo, WireFraming, ZmtpSessionOptions } from "./session_types.ts";
import { WebSocketFrames } from "./web_socket_frames.ts";
import { FLAG_COMMAND, FLAG_MORE, MAX_IDENTITY_BYTES, MINOR } from "./wire.ts";

/** Greetings, then the mechanism: everything before traffic. No timers, no events: the session has those. */
export class Handshake {
  /** Cuts what comes in; replaced when the peer turns out to be an old one. */
  frames: FrameSource;
  /** How messages go out. */
  framing: WireFraming;
  readonly #options: ZmtpSessionOptions;
  readonly #writer: FrameWriter;
  readonly #mechanism: Mechanism;
  #greetings: GreetingExchange | undefined;
  #version = { major: 3, minor: MINOR };
  /** An old peer whose identity has not come yet; or one of `ZWS2.0`, which has no mechanism. */
  #unnamed: LegacyPeer | "ZWS2.0" | undefined;

  constructor(options: ZmtpSessionOptions, framing: WireFraming, writer: FrameWriter) {
    const { limits, security, socketType, asksWho, entropy } = options;
    this.#options = options;
    this.#writer = writer;
    this.framing = framing;
    const context = {
      localMetadata: localMetadata(options),
      asksWho,
      maxMetadataBytes: limits.maxMetadataBytes,
      checkPeer: (metadata: Metadata): void => checkPeer(socketType, metadata),
    };
    this.#mechanism = createMechanism(security, context, entropy);
    this.frames =
      framing === "zws" ? new WebSocketFrames(limits.maxCommandBytes) : new FlaggedFrameScanner(limits.maxCommandBytes);
  }

  /** Octets held of the peer's greeting. */
  get heldBytes(): number {
    return this.#greetings?.heldBytes ?? 0;
  }

  /** Whether the peer's greeting is still coming in. */
  get isGreeting(): boolean {
    return this.#greetings !== undefined;
  }

  /** Whether the next frame is the peer's identity, since it has no metadata (zmtp §1.14, §1.15). */
  get awaitsIdentity(): boolean {
    return this.#unnamed !== undefined;
  }

  /** Whether the peer tells commands from messages: not in 2.0 and 1.0, and not in `ZWS2.0`, which has no mechanism. */
  get hasCommands(): boolean {
    return this.#version.major === 3 && this.#options.wire !== "ZWS2.0";
  }

  get box(): FrameBox | undefined {
    return this.#mechanism.box;
  }

  /** @returns whether the mechanism has begun: a WebSocket has no greeting */
  begin(): boolean {
    const { wire, identity } = this.#options;
    if (wire === "stream") {
      this.#greetings = new GreetingExchange(this.#options);
      this.#writer.raw(this.#greetings.begin());
      return false;
    }
    this.#version = { major: 3, minor: 0 };
    if (wire !== "ZWS2.0") {
      this.#mechanism.start();
      return true;
    }
    // zmtp §1.15: without a mechanism the first message each way is the routing id
    this.#unnamed = "ZWS2.0";
    this.#writer.frame(identity, false);
    return false;
  }

  /**
   * Takes a chunk while `isGreeting`.
   *
   * @returns what is behind the greeting once that is whole, and whether the mechanism has begun
   * @throws ProtocolError for a greeting that this side can't answer
   */
  greet(chunk: Uint8Array): { readonly rest: Uint8Array; readonly isSecuring: boolean } | undefined {
    const greeted = this.#greetings!.push(chunk, (bytes) => this.#writer.raw(bytes));
    if (greeted === undefined) return undefined;
    this.#greetings = undefined;
    if (greeted.type === "v3") {
      // zmtp §1.1: a later major is spoken to as 3.1
      const { major, minor } = greeted.greeting;
      this.#version = { major: 3, minor: major > 3 ? MINOR : Math.min(minor, MINOR) };
      this.#mechanism.start();
      return { rest: chunk.subarray(greeted.restAt), isSecuring: true };
    }
    const { peer, rest } = greeted;
    if (peer.socketType !== undefined) checkSocketType(this.#options.socketType, peer.socketType);
    this.#version = { major: peer.major, minor: 0 };
    this.frames = peer.frames;
    this.framing = peer.framing;
    this.#writer.framing = peer.framing;
    this.#unnamed = peer;
    return { rest, isSecuring: false };
  }

  /**
   * The first frame of a peer without metadata.
   *
   * @throws ProtocolError `zmtp/bad-identity`
   */
  identify(flags: number, body: Uint8Array): PeerInfo {
    const unnamed = this.#unnamed;
    if ((flags & (FLAG_COMMAND | FLAG_MORE)) !== 0 || body.length > MAX_IDENTITY_BYTES) {
      throw zmtpError(
        "bad-identity",
        `a frame of ${body.length} octets`,
        `an identity of at most ${MAX_IDENTITY_BYTES}`,
      );
    }
    this.#unnamed = undefined;
    const socketType = unnamed === "ZWS2.0" ? undefined : unnamed?.socketType;
    const { name } = this.#mechanism;
    return { socketType, identity: body.slice(), ...this.#version, mechanism: name, metadata: [], userId: "" };
  }

  /** One command of the mechanism; `settle` follows. */
  receive(command: Uint8Array): void {
    this.#mechanism.receive(command);
  }

  /** The answer to an `authenticate` outcome; `settle` follows. */
  decide(decision: AuthenticateDecision): void {
    this.#mechanism.decide(decision);
  }

  /** Writes what the mechanism has to say; what it has come to, one by one. */
  settle(): MechanismOutcome | undefined {
    for (const command of this.#mechanism.takeCommands()) this.#writer.command(command);
    return this.#mechanism.takeOutcome();
  }

  /** The peer as a mechanism has let it in. */
  peerOf({ metadata, userId }: MechanismOutcome & { readonly type: "ready" }): PeerInfo {
    const [socketType, identity] = [socketTypeOf(metadata), identityOf(metadata)];
    return { socketType, identity, ...this.#version, mechanism: this.#mechanism.name, metadata, userId };
  }

  /** Keys are wiped, and nothing is held of what came in. */
  close(): void {
    this.#greetings = undefined;
    this.frames = new WebSocketFrames(0);
    this.#mechanism.close();
  }
}
