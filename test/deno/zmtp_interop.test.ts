import assert from "node:assert/strict";
import process from "node:process";
import * as zmtp from "../../src/node/zmtp/mod.ts";
import { digestOf, PEERS, Peer, type PeerOptions, type PeerSocket, pattern } from "../interop/peers/peer.ts";

const BODY_BYTES = [0, 255, 256, 65_536, 1_048_576];
const texts = (message: zmtp.Message): string[] => message.map((part) => new TextDecoder().decode(part));

type Ours = zmtp.Socket & { receive(): Promise<zmtp.Message>; send(message: zmtp.MessageLike): Promise<void> };

interface Meeting {
  readonly name: string;
  readonly theirs: string;
  readonly theirOptions?: PeerOptions;
  readonly create: () => zmtp.Socket;
  readonly talk: (ours: Ours, theirs: PeerSocket) => Promise<void>;
}

/** Each body there and back. */
async function ask(ours: Ours, theirs: PeerSocket): Promise<void> {
  await theirs.echo();
  for (const size of BODY_BYTES) {
    await ours.send([pattern(size), "and more"]);
    assert.deepEqual(digestOf((await ours.receive()).slice(0, 1)), digestOf([pattern(size)]));
  }
}

async function answer(ours: Ours, theirs: PeerSocket): Promise<void> {
  for (const size of BODY_BYTES) {
    await theirs.sendSized([size, 3]);
    await ours.send(await ours.receive());
    assert.deepEqual(await theirs.receiveDigested(), digestOf([pattern(size), pattern(3)]));
  }
}

const SERVER: zmtp.CurveKeyPair = zmtp.curveKeyPair();
const CLIENT: zmtp.CurveKeyPair = zmtp.curveKeyPair();

const MEETINGS: readonly Meeting[] = [
  { name: "DEALER and their ROUTER", theirs: "ROUTER", create: () => new zmtp.Dealer(), talk: ask },
  { name: "ROUTER and their DEALER", theirs: "DEALER", create: () => new zmtp.Router(), talk: answer },
  { name: "REQ and their REP", theirs: "REP", create: () => new zmtp.Request(), talk: ask },
  { name: "REP and their REQ", theirs: "REQ", create: () => new zmtp.Reply(), talk: answer },
  {
    name: "PAIR and their PAIR, with CURVE",
    theirs: "PAIR",
    theirOptions: {
      curvePublicKey: CLIENT.publicKey,
      curveSecretKey: CLIENT.secretKey,
      curveServerKey: SERVER.publicKey,
    },
    create: () => new zmtp.Pair({ curveServer: true, curveSecretKey: SERVER.secretKey }),
    talk: ask,
  },
  {
    name: "PUSH and their PULL, 5,000 messages",
    theirs: "PULL",
    create: () => new zmtp.Push(),
    async talk(ours, theirs) {
      const received = theirs.receiveCounted(5_000);
      for (let i = 0; i < 5_000; i++) await ours.send(String(i));
      assert.deepEqual(
        await received,
        Array.from({ length: 5_000 }, (_, i) => i),
      );
    },
  },
  {
    name: "PULL and their PUSH, 5,000 messages",
    theirs: "PUSH",
    create: () => new zmtp.Pull(),
    async talk(ours, theirs) {
      const sent = theirs.sendCounted(5_000);
      for (let i = 0; i < 5_000; i++) assert.deepEqual(texts(await ours.receive()), [String(i)]);
      await sent;
    },
  },
  {
    name: "XPUB and their SUB",
    theirs: "SUB",
    create: () => new zmtp.XPublisher(),
    async talk(ours, theirs) {
      await theirs.subscribe("a");
      const first = theirs.receiveText();
      assert.deepEqual(texts(await ours.receive()), ["\x01a"]);
      await ours.send("b");
      await ours.send(["ab", "body"]);
      assert.deepEqual(await first, ["ab", "body"]);
    },
  },
  {
    name: "XSUB and their XPUB",
    theirs: "XPUB",
    create: () => new zmtp.XSubscriber(),
    async talk(ours, theirs) {
      await ours.send("\x01a");
      assert.deepEqual(await theirs.receiveText(), ["\x01a"]);
      await theirs.send("b");
      await theirs.send("ab", "body");
      assert.deepEqual(texts(await ours.receive()), ["ab", "body"]);
    },
  },
];

/** Where each side binds, and which peers have the transport. */
const PLACES = [
  { transport: "tcp", ours: () => "tcp://127.0.0.1:0", theirs: () => "tcp://127.0.0.1:*", peers: ["zeromq", "pyzmq"] },
  { transport: "ipc", ours: () => ipcEndpoint("o"), theirs: () => ipcEndpoint("t"), peers: ["zeromq", "pyzmq"] },
  { transport: "ws", ours: () => "ws://127.0.0.1:0/", theirs: () => "ws://127.0.0.1:*/", peers: ["zeromq"] },
] as const;

let ipcNumber = 0;

function ipcEndpoint(who: string): string {
  return `ipc:///tmp/tw-deno-${process.pid}-${who}${ipcNumber++}`;
}

for (const [kind, isInstalled] of PEERS) {
  Deno.test({
    name: `sockets on Deno and libzmq by ${kind}`,
    ignore: !isInstalled,
    async fn(context) {
      const peer = await Peer.start(kind);
      for (const place of PLACES.filter(({ peers }) => (peers as readonly string[]).includes(kind))) {
        for (const binder of ["ours", "theirs"] as const) {
          for (const { name, theirs: type, theirOptions, create, talk } of MEETINGS) {
            await context.step(`${name} over ${place.transport}, ${binder} bound`, async () => {
              const ours = create();
              const theirs = await peer.socket(type, theirOptions);
              if (binder === "ours") await theirs.connect(await ours.bind(place.ours()));
              else ours.connect(await theirs.bind(place.theirs()));
              await talk(ours as Ours, theirs);
              await ours.close({ lingerMs: 0 });
              await theirs.close();
            });
          }
        }
      }
      await peer.stop();
    },
  });
}
