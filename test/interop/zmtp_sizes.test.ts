import { describe, expect } from "vitest";
import * as zmtp from "../../src/node/zmtp/mod.ts";
import { digestOf, PEERS, type PeerSocket, pattern } from "./peers/peer.ts";
import { BINDERS, bindEndpoint, Scene, TRANSPORTS } from "./scene.ts";

/** Sizes where something changes: the header, an output chunk, what the operating system takes at once (zmtp §4.2). */
const BODY_BYTES = [0, 1, 255, 256, 65_535, 65_536, 1_048_576];
const MESSAGES: readonly (readonly number[])[] = [
  ...BODY_BYTES.map((size) => [size]),
  [1, 0],
  [65_536, 255],
  Array.from({ length: 17 }, (_, i) => i * 33),
  Array.from({ length: 17 }, () => 0),
];

type Sender = { send(message: readonly (string | Uint8Array)[]): Promise<void> };
type Receiver = { receive(): Promise<zmtp.Message> };

/** Ours sends each message, theirs says what came. */
async function sendEach(ours: Sender, theirs: PeerSocket): Promise<void> {
  for (const sizes of MESSAGES) await ours.send(sizes.map(pattern));
  for (const sizes of MESSAGES) expect(await theirs.receiveDigested()).toEqual(digestOf(sizes.map(pattern)));
}

async function receiveEach(ours: Receiver, theirs: PeerSocket): Promise<void> {
  for (const sizes of MESSAGES) await theirs.sendSized(sizes);
  for (const sizes of MESSAGES) expect(digestOf(await ours.receive())).toEqual(digestOf(sizes.map(pattern)));
}

/** Each message there and back again. */
async function askEach(ours: Sender & Receiver, theirs: PeerSocket): Promise<void> {
  await theirs.echo();
  for (const sizes of MESSAGES) {
    await ours.send(sizes.map(pattern));
    expect(digestOf(await ours.receive())).toEqual(digestOf(sizes.map(pattern)));
  }
}

async function answerEach(ours: Sender & Receiver, theirs: PeerSocket): Promise<void> {
  for (const sizes of MESSAGES) {
    await theirs.sendSized(sizes);
    await ours.send(await ours.receive());
    expect(await theirs.receiveDigested()).toEqual(digestOf(sizes.map(pattern)));
  }
}

/** Of what is to be heard: all. A publisher of libzmq says when it has the subscription. */
async function subscribeToTheirs(ours: { subscribe(): void } | Sender, theirs: PeerSocket): Promise<void> {
  if ("subscribe" in ours) ours.subscribe();
  else await ours.send(["\x01"]);
  expect(await theirs.receive()).toEqual([new Uint8Array([1])]);
}

/** Our publisher hears of the subscription; a libzmq socket works on its connections only while it is used. */
async function subscribeToOurs(ours: Receiver, theirs: PeerSocket, type: string): Promise<void> {
  if (type === "SUB") await theirs.subscribe("");
  else await theirs.send("\x01");
  const looked = theirs.receive(50);
  expect(await ours.receive()).toEqual([new Uint8Array([1])]);
  expect(await looked).toBeUndefined();
}

interface Pairing {
  readonly create: () => zmtp.Socket;
  readonly theirs: string;
  readonly exchange: (ours: never, theirs: PeerSocket) => Promise<void>;
}

const PAIRINGS: Readonly<Record<string, Pairing>> = {
  "PUSH to their PULL": { create: () => new zmtp.Push(), theirs: "PULL", exchange: sendEach },
  "PULL from their PUSH": { create: () => new zmtp.Pull(), theirs: "PUSH", exchange: receiveEach },
  "PAIR to their PAIR": { create: () => new zmtp.Pair(), theirs: "PAIR", exchange: askEach },
  "DEALER to their ROUTER": { create: () => new zmtp.Dealer(), theirs: "ROUTER", exchange: askEach },
  "DEALER to their DEALER": { create: () => new zmtp.Dealer(), theirs: "DEALER", exchange: askEach },
  "ROUTER from their DEALER": { create: () => new zmtp.Router(), theirs: "DEALER", exchange: answerEach },
  "REQ to their REP": { create: () => new zmtp.Request(), theirs: "REP", exchange: askEach },
  "REP from their REQ": { create: () => new zmtp.Reply(), theirs: "REQ", exchange: answerEach },
  "XPUB to their SUB": {
    create: () => new zmtp.XPublisher(),
    theirs: "SUB",
    async exchange(ours: zmtp.XPublisher, theirs: PeerSocket) {
      await subscribeToOurs(ours, theirs, "SUB");
      await sendEach(ours, theirs);
    },
  },
  "XPUB to their XSUB": {
    create: () => new zmtp.XPublisher(),
    theirs: "XSUB",
    async exchange(ours: zmtp.XPublisher, theirs: PeerSocket) {
      await subscribeToOurs(ours, theirs, "XSUB");
      await sendEach(ours, theirs);
    },
  },
  "SUB from their XPUB": {
    create: () => new zmtp.Subscriber(),
    theirs: "XPUB",
    async exchange(ours: zmtp.Subscriber, theirs: PeerSocket) {
      await subscribeToTheirs(ours, theirs);
      await receiveEach(ours, theirs);
    },
  },
  "XSUB from their XPUB": {
    create: () => new zmtp.XSubscriber(),
    theirs: "XPUB",
    async exchange(ours: zmtp.XSubscriber, theirs: PeerSocket) {
      await subscribeToTheirs(ours, theirs);
      await receiveEach(ours, theirs);
    },
  },
};

const WAYS = TRANSPORTS.flatMap((transport) => BINDERS.map((binder) => [transport, binder] as const));

describe.each(PEERS)("bodies and parts with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  describe.each(WAYS)("over %s where %s bind", (transport, binder) => {
    here.each(Object.entries(PAIRINGS))("%s", async (_name, { create, theirs, exchange }) => {
      const ours = scene.ours(create());
      const peer = await scene.theirs(theirs);
      await scene.join(ours, peer, binder, bindEndpoint(transport, binder));
      await exchange(ours as never, peer);
    });
  });
});
