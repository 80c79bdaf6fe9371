import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import {
  curveKeyPair,
  Dealer,
  Publisher,
  Pull,
  Push,
  Router,
  Subscriber,
  XPublisher,
} from "../../src/node/zmtp/mod.ts";
import { digestOf, PEERS, type PeerSocket, pattern } from "./peers/peer.ts";
import { BINDERS, Scene, seen, texts, until } from "./scene.ts";

const OURS = "ws://127.0.0.1:0/";
const THEIRS = "ws://127.0.0.1:*/";
const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_048_576];

describe.each(PEERS.filter(([kind]) => kind === "zeromq"))("WebSockets with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  const converse = async (ours: Dealer, theirs: PeerSocket): Promise<void> => {
    await ours.send(["to", "", pattern(70_000)]);
    expect(await theirs.receiveDigested()).toEqual(digestOf([Buffer.from("to"), pattern(0), pattern(70_000)]));
    await theirs.send("to", "ours");
    expect(texts(await ours.receive())).toEqual(["to", "ours"]);
  };

  describe.each(BINDERS)("%s bind", (binder) => {
    const endpoint = binder === "ours" ? OURS : THEIRS;

    here("ROUTER and their DEALER, DEALER and their ROUTER", async () => {
      const router = scene.ours(new Router());
      const theirDealer = await scene.theirs("DEALER");
      await scene.join(router, theirDealer, binder, endpoint);
      await theirDealer.send("hello", "");
      const [id, ...parts] = await router.receive();
      expect(texts(parts)).toEqual(["hello", ""]);
      await router.send([id!, "back"]);
      expect(await theirDealer.receiveText()).toEqual(["back"]);

      const dealer = scene.ours(new Dealer({ routingId: "one" }));
      const theirRouter = await scene.theirs("ROUTER");
      await scene.join(dealer, theirRouter, binder, endpoint);
      await dealer.send("hello");
      expect(await theirRouter.receiveText()).toEqual(["one", "hello"]);
    });

    here("PUSH and PULL: sizes and parts", async () => {
      const pull = scene.ours(new Pull());
      const theirPush = await scene.theirs("PUSH");
      await scene.join(pull, theirPush, binder, endpoint);
      const push = scene.ours(new Push());
      const theirPull = await scene.theirs("PULL");
      await scene.join(push, theirPull, binder, endpoint);
      for (const sizes of [...SIZES.map((size) => [size]), [3, 0, 70_000]]) {
        const digest = digestOf(sizes.map(pattern));
        await theirPush.sendSized(sizes);
        expect(digestOf(await pull.receive())).toEqual(digest);
        await push.send(sizes.map(pattern));
        expect(await theirPull.receiveDigested()).toEqual(digest);
      }
    });

    here("PUB and their SUB, SUB and their PUB", async () => {
      const pub = scene.ours(new XPublisher());
      const theirSub = await scene.theirs("SUB");
      await theirSub.subscribe("a");
      await scene.join(pub, theirSub, binder, endpoint);
      // What came in by a bind is known to libzmq's socket only after it has been asked something.
      await theirSub.receive(20);
      expect(texts(await pub.receive())).toEqual(["\u0001a"]);
      await pub.sendBatch([["b"], ["ab", "1"]]);
      expect(await theirSub.receiveText()).toEqual(["ab", "1"]);

      const sub = scene.ours(new Subscriber());
      sub.subscribe("a");
      const theirPub = await scene.theirs("XPUB");
      await scene.join(sub, theirPub, binder, endpoint);
      expect(await theirPub.receiveText()).toEqual(["\u0001a"]);
      await theirPub.send("b");
      await theirPub.send("ab", "2");
      expect(texts(await sub.receive())).toEqual(["ab", "2"]);
    });

    here("PLAIN as the server: the right password, and a wrong one", async () => {
      const create = (): Dealer =>
        scene.ours(
          new Dealer({
            plainServer: true,
            authenticate: ({ request }) => request.mechanism === "PLAIN" && texts([request.password])[0] === "secret",
          }),
        );
      const theirs = await scene.theirs("DEALER", { plainUsername: "ann", plainPassword: "secret" });
      const ours = create();
      await scene.join(ours, theirs, binder, endpoint);
      await converse(ours, theirs);

      const strict = create();
      const refused = seen(strict, "handshake:error:auth");
      const wrong = await scene.theirs("DEALER", { plainUsername: "ann", plainPassword: "guess" });
      if (binder === "ours") await wrong.connect(await strict.bind(endpoint));
      else strict.connect(await wrong.bind(endpoint));
      await refused;
      expect(strict.peers).toBe(0);
    });

    here("PLAIN as a client: the right password, and a wrong one", async () => {
      const peer = await scene.another();
      await peer.allow([{ mechanism: "PLAIN", credentials: ["ann", "secret"] }]);
      const meet = async (plainPassword: string): Promise<[Dealer, PeerSocket]> => {
        const theirs = await peer.socket("DEALER", { plainServer: true, zapDomain: "global" });
        const ours = scene.ours(new Dealer({ plainUsername: "ann", plainPassword }));
        if (binder === "ours") await theirs.connect(await ours.bind(endpoint));
        else ours.connect(await theirs.bind(endpoint));
        return [ours, theirs];
      };
      await converse(...(await meet("secret")));
      const [refused] = await meet("guess");
      await seen(refused, "handshake:error:auth");
      expect(refused.peers).toBe(0);
    });

    here("CURVE in both roles", async () => {
      const [serverKeys, clientKeys] = [curveKeyPair(), curveKeyPair()];
      const ourServer = scene.ours(new Dealer({ curveServer: true, curveSecretKey: serverKeys.secretKey }));
      const theirClient = await scene.theirs("DEALER", {
        curvePublicKey: clientKeys.publicKey,
        curveSecretKey: clientKeys.secretKey,
        curveServerKey: serverKeys.publicKey,
      });
      await scene.join(ourServer, theirClient, binder, endpoint);
      await converse(ourServer, theirClient);

      const ourClient = scene.ours(
        new Dealer({
          curveSecretKey: clientKeys.secretKey,
          curvePublicKey: clientKeys.publicKey,
          curveServerKey: serverKeys.publicKey,
        }),
      );
      const theirServer = await scene.theirs("DEALER", {
        curveServer: true,
        curvePublicKey: serverKeys.publicKey,
        curveSecretKey: serverKeys.secretKey,
      });
      await scene.join(ourClient, theirServer, binder, endpoint);
      await converse(ourClient, theirServer);
    });

    here("a flood keeps its order", async () => {
      const pull = scene.ours(new Pull());
      const theirPush = await scene.theirs("PUSH");
      await scene.join(pull, theirPush, binder, endpoint);
      const sending = theirPush.sendCounted(5_000, { size: 20 });
      for (let i = 0; i < 5_000; i++) expect(texts((await pull.receive()).slice(0, 1))).toEqual([String(i)]);
      await sending;
    });
  });
});

/** What is used of jszmq. */
interface JszmqSocket {
  connect(endpoint: string): void;
  bind(endpoint: string): Promise<void> | void;
  send(parts: unknown): void;
  subscribe(topic: string): void;
  on(event: "message", handler: (...parts: Uint8Array[]) => void): void;
  close(): void;
}

interface Jszmq {
  readonly Dealer: new () => JszmqSocket;
  readonly Router: new () => JszmqSocket;
  readonly Sub: new () => JszmqSocket;
  readonly Pull: new () => JszmqSocket;
}

const jszmq = ((): Jszmq | undefined => {
  try {
    return createRequire(import.meta.url)("jszmq");
  } catch {
    return undefined;
  }
})();

describe("WebSockets with jszmq, which has no mechanism", () => {
  const here = it.skipIf(jszmq === undefined);

  /** Messages of a socket of jszmq, one after the other. */
  function heard(socket: JszmqSocket): () => Promise<string[]> {
    const messages: string[][] = [];
    socket.on("message", (...parts) => messages.push(texts(parts)));
    return async () => {
      await until(() => messages.length > 0);
      return messages.shift()!;
    };
  }

  here("its DEALER to ROUTER, its PULL to PUSH, its SUB to PUB", async () => {
    const router = new Router();
    const dealer = new jszmq!.Dealer();
    const dealerHeard = heard(dealer);
    dealer.connect(await router.bind(OURS));
    dealer.send(["hello", "there"]);
    const [id, ...parts] = await router.receive();
    expect(texts(parts)).toEqual(["hello", "there"]);
    await router.send([id!, "back"]);
    expect(await dealerHeard()).toEqual(["back"]);

    const push = new Push();
    const pull = new jszmq!.Pull();
    const pullHeard = heard(pull);
    pull.connect(await push.bind(OURS));
    await push.sendBatch([["1"], ["2", "3"]]);
    expect([await pullHeard(), await pullHeard()]).toEqual([["1"], ["2", "3"]]);

    const pub = new Publisher();
    const sub = new jszmq!.Sub();
    const subHeard = heard(sub);
    sub.subscribe("a");
    sub.connect(await pub.bind(OURS));
    const timer = setInterval(() => pub.sendBatch([["b"], ["ab", "1"]]), 10);
    expect(await subHeard()).toEqual(["ab", "1"]);
    clearInterval(timer);
    for (const socket of [dealer, pull, sub]) socket.close();
    await Promise.all([router.close(), push.close(), pub.close()]);
  });

  // It answers whatever was offered first, and then speaks without a mechanism all the same.
  here("DEALER to its ROUTER", async () => {
    const router = new jszmq!.Router();
    const port = 20_000 + (process.pid % 20_000);
    await router.bind(`ws://127.0.0.1:${port}/`);
    router.on("message", (...parts) => router.send([parts[0], "echo", ...parts.slice(1)]));
    const dealer = new Dealer({ webSocketMechanism: false });
    dealer.connect(`ws://127.0.0.1:${port}/`);
    await dealer.send("hello");
    expect(texts(await dealer.receive())).toEqual(["echo", "hello"]);
    await dealer.close();
    router.close();
  });
});
