/** Sessions of ZMTP write, octet for octet, what libzmq wrote in their place, however their peer's bytes are cut. */
import { legacyVersions } from "../../src/protocols/zmtp/legacy_versions.ts";
import { ZmtpSession } from "../../src/protocols/zmtp/session.ts";
import type { SecurityOptions, ZmtpSessionOptions } from "../../src/protocols/zmtp/session_types.ts";
import type { SocketType } from "../../src/protocols/zmtp/socket_type.ts";
import { assertEqual } from "./assert.ts";
import type { ConformanceCase, ConformanceRuntime } from "./case.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hexOf = (bytes: Uint8Array): string => [...bytes].map((octet) => octet.toString(16).padStart(2, "0")).join("");
const unhex = (text: string): Uint8Array =>
  Uint8Array.from((text.replaceAll(" ", "").match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));

const PLAIN_CLIENT: SecurityOptions = {
  mechanism: "PLAIN",
  role: "client",
  username: utf8("admin"),
  password: utf8("secret"),
};
const PLAIN_SERVER: SecurityOptions = { mechanism: "PLAIN", role: "server" };

/** One session in the place of a recorded libzmq. */
interface Exchange {
  readonly name: string;
  readonly options: Partial<ZmtpSessionOptions> & { readonly socketType: SocketType };
  /** What the peer says: vectors by name and octets in hexadecimal, one behind the other; with WebSockets a message each. */
  readonly theirs: readonly string[];
  /** What the session must write: likewise, or `!name` for a recorded vector. */
  readonly ours: string;
  readonly events: readonly string[];
  /** Done at the end, if the session is ready. */
  act?(session: ZmtpSession): void;
}

const PEERS: readonly (readonly [SocketType, SocketType])[] = [
  ["REQ", "REP"],
  ["REP", "REQ"],
  ["DEALER", "ROUTER"],
  ["ROUTER", "DEALER"],
  ["PUB", "SUB"],
  ["XPUB", "XSUB"],
  ["SUB", "PUB"],
  ["XSUB", "XPUB"],
  ["PUSH", "PULL"],
  ["PULL", "PUSH"],
  ["PAIR", "PAIR"],
];

const subscribe = (session: ZmtpSession): void => {
  for (const [type, topic] of [
    ["subscribe", "AB"],
    ["subscribe", ""],
    ["cancel", "AB"],
    ["cancel", ""],
  ] as const) {
    session.command({ type, topic: utf8(topic) }, 0);
  }
};

const MESSAGES: readonly (readonly Uint8Array[])[] = [
  [utf8("")],
  [utf8("a")],
  [utf8("x".repeat(255))],
  [utf8("y".repeat(256))],
  [utf8("two"), utf8("parts")],
  [utf8(""), Uint8Array.of(0, 255)],
  Array.from({ length: 17 }, (_, i) => utf8(`part ${i}`)),
  [utf8("größe")],
];

const pings = ["", hexOf(utf8("ctx!")), hexOf(utf8("0123456789abcdef")), hexOf(utf8("0123456789abcdefghij"))].map(
  (context) => `04${(7 + context.length / 2).toString(16).padStart(2, "0")}0450494e470000${context}`,
);

const EXCHANGES: readonly Exchange[] = [
  ...PEERS.map(([socketType, peer]): Exchange => {
    const theirs = [`ready_${peer.toLowerCase()}`];
    return {
      name: socketType,
      options: { socketType },
      theirs,
      ours: `!ready_${socketType.toLowerCase()}`,
      events: ["ready"],
    };
  }),
  {
    name: "an identity",
    options: { socketType: "DEALER", identity: utf8("libzmq") },
    theirs: ["ready_router"],
    ours: "!ready_identity",
    events: ["ready"],
  },
  {
    name: "messages of every form",
    options: { socketType: "PUSH" },
    theirs: ["ready_pull"],
    ours: "!push_messages",
    events: ["ready"],
    act(session) {
      for (const message of MESSAGES) session.send(message);
    },
  },
  {
    name: "subscriptions to 3.1",
    options: { socketType: "SUB" },
    theirs: ["ready_pub"],
    ours: "!sub_3_1",
    events: ["ready"],
    act: subscribe,
  },
  {
    name: "subscriptions to 3.0",
    options: { socketType: "SUB" },
    theirs: ["3.0", "ready_pub"],
    ours: "!sub_3_0",
    events: ["ready"],
    act: subscribe,
  },
  {
    name: "answers to PING",
    options: { socketType: "PULL" },
    theirs: ["ready_push", ...pings],
    ours: "!pongs",
    events: ["ready"],
  },
  {
    name: "answers to PING of 3.0",
    options: { socketType: "PULL" },
    theirs: ["3.0", "ready_push", pings[1]!],
    ours: "!pongs_to_3_0",
    events: ["ready"],
  },
  {
    name: "a PLAIN client",
    options: { socketType: "PUSH", security: PLAIN_CLIENT },
    theirs: ["plain_server"],
    ours: "!plain_client",
    events: ["ready"],
    act: (session) => session.send([utf8("in")]),
  },
  {
    name: "a PLAIN server",
    options: { socketType: "PULL", security: PLAIN_SERVER },
    theirs: ["plain_client"],
    ours: "!plain_server",
    events: ["ready", "message 696e"],
  },
  {
    name: "a PLAIN client that is not let in, and told so without the length octet",
    options: { socketType: "PUSH", security: PLAIN_CLIENT },
    theirs: ["plain_server_denies"],
    ours: "plain_client[0,85]",
    events: ["failed auth zmtp/peer-error"],
  },
  {
    name: "a peer of revision 1",
    options: { socketType: "DEALER", legacy: legacyVersions },
    theirs: ["ff 0000000000000000 7f 01 06 00 00"],
    ours: "ff 0000000000000001 7f 03 05 00 00 00 02 68 69",
    events: ["ready"],
    act: (session) => session.send([utf8("hi")]),
  },
  {
    name: "a peer of 1.0",
    options: { socketType: "DEALER", legacy: legacyVersions },
    theirs: ["01 00"],
    ours: "ff 0000000000000001 7f 03 00 68 69",
    events: ["ready"],
    act: (session) => session.send([utf8("hi")]),
  },
  {
    name: "a peer of revision 1 where a mechanism is set",
    options: { socketType: "DEALER", legacy: legacyVersions, security: PLAIN_CLIENT },
    theirs: ["ff 0000000000000000 7f 01 06 00 00"],
    ours: `ff 0000000000000001 7f 0301 504c41494e ${"00".repeat(15)} ${"00".repeat(32)}`,
    events: ["failed protocol zmtp/old-version"],
  },
  {
    name: "ZWS2.0",
    options: { socketType: "DEALER", wire: "ZWS2.0", identity: utf8("me") },
    theirs: ["00 796f75", "01 61", "00 62", "00"],
    ours: "00 6d65 | 01 63 | 00",
    events: ["ready", "message 61 62", "message "],
    act: (session) => session.send([utf8("c"), utf8("")]),
  },
  {
    name: "ZWS2.0/NULL",
    options: { socketType: "SUB", wire: "ZWS2.0/NULL" },
    theirs: ["02 05 5245414459 0b 536f636b65742d54797065 00000003 505542", "00 41", "02 04 50494e47 0000 63"],
    ours: "02 05 5245414459 0b 536f636b65742d54797065 00000003 535542 | 02 04 504f4e47 63 | 00 014142",
    events: ["ready", "message 41"],
    act: (session) => session.command({ type: "subscribe", topic: utf8("AB") }, 0),
  },
];

/** Those of the runtime. */
export function zmtpCases(runtime: ConformanceRuntime): ConformanceCase[] {
  return EXCHANGES.map((exchange) => ({
    name: `zmtp: a session writes what libzmq does: ${exchange.name}`,
    async run() {
      const theirs = await piecesOf(exchange, runtime);
      const isStream = (exchange.options.wire ?? "stream") === "stream";
      const wanted = { ours: await oursOf(exchange, runtime), events: exchange.events };
      if (!isStream) {
        assertEqual(play(exchange, theirs), wanted, exchange.name);
        return;
      }
      const stream = joined(theirs);
      assertEqual(play(exchange, [stream]), wanted, `${exchange.name}, whole`);
      for (let at = 1; at < stream.length; at++) {
        assertEqual(
          play(exchange, [stream.slice(0, at), stream.slice(at)]),
          wanted,
          `${exchange.name}, split at ${at}`,
        );
      }
      assertEqual(
        play(
          exchange,
          [...stream].map((octet) => Uint8Array.of(octet)),
        ),
        wanted,
        `${exchange.name}, bytewise`,
      );
    },
  }));
}

function play({ options, act }: Exchange, chunks: readonly Uint8Array[]): { ours: string; events: string[] } {
  const session = new ZmtpSession(
    {
      identity: new Uint8Array(0),
      wire: "stream",
      security: { mechanism: "NULL" },
      asksWho: false,
      limits: {
        maxFrameBytes: 10_000,
        maxMessageBytes: 10_000,
        maxMessageFrames: 32,
        maxCommandBytes: 1_000,
        maxMetadataBytes: 1_000,
      },
      handshakeTimeoutMs: 1_000,
      entropy: { fill: () => {} },
      ...options,
    },
    0,
  );
  const events: string[] = [];
  const output: Uint8Array[] = [];
  const drain = (): void => {
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      events.push(event.type === "failed" ? `failed ${event.kind} ${event.error.code}` : event.type);
    }
    for (const message of session.takeMessages(100)) events.push(`message ${message.map(hexOf).join(" ")}`);
    output.push(...session.takeOutput());
  };
  drain();
  for (const chunk of chunks) {
    session.receive(chunk, 0);
    drain();
  }
  if (session.state === "ready") act?.(session);
  drain();
  const isStream = (options.wire ?? "stream") === "stream";
  return { ours: isStream ? hexOf(joined(output)) : output.map(hexOf).join(" | "), events };
}

/** What the peer says, piece by piece. `3.0` in front makes its greeting one of 3.0. */
async function piecesOf({ theirs }: Exchange, runtime: ConformanceRuntime): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (const one of theirs) {
    if (one === "3.0") continue;
    const isOctets = /^[0-9a-f ]+$/.test(one);
    const bytes = isOctets ? unhex(one) : (await runtime.readFixture(`zmtp/${one}.zmtp`)).slice();
    if (!isOctets && theirs[0] === "3.0") bytes[11] = 0;
    pieces.push(bytes);
  }
  return pieces;
}

/** What the session must write, in hexadecimal. `name[from,to]` is a stretch of a recorded vector. */
async function oursOf({ ours, options }: Exchange, runtime: ConformanceRuntime): Promise<string> {
  const stretch = /^!?([a-z_0-9]+?)(?:\[(\d+),(\d+)\])?$/.exec(ours);
  if (stretch !== null && (ours.startsWith("!") || stretch[2] !== undefined)) {
    const bytes = await runtime.readFixture(`zmtp/${stretch[1]}.zmtp`);
    return hexOf(bytes.subarray(Number(stretch[2] ?? 0), Number(stretch[3] ?? bytes.length)));
  }
  if ((options.wire ?? "stream") === "stream") return ours.replaceAll(" ", "");
  return ours
    .split("|")
    .map((message) => message.replaceAll(" ", ""))
    .join(" | ");
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}
