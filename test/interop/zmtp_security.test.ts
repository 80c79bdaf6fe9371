import { afterEach, describe, expect, it } from "vitest";
import { Dealer, type DealerOptions } from "../../src/node/zmtp/mod.ts";
import { PEERS, type Peer, type PeerOptions } from "./peers/peer.ts";
import { RawListener, RawPeer } from "./raw_peer.ts";
import { BINDERS, connected, Scene, seen, texts } from "./scene.ts";

interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

const asServer = (keys: KeyPair): DealerOptions => ({ curveServer: true, curveSecretKey: keys.secretKey });
const asClient = (keys: KeyPair, serverKey: string): DealerOptions => ({
  curveSecretKey: keys.secretKey,
  curvePublicKey: keys.publicKey,
  curveServerKey: serverKey,
});
/** libzmq wants the server's public key too. */
const theirServer = (keys: KeyPair): PeerOptions => ({
  curveServer: true,
  curvePublicKey: keys.publicKey,
  curveSecretKey: keys.secretKey,
});
const theirClient = (keys: KeyPair, serverKey: string): PeerOptions => ({
  curvePublicKey: keys.publicKey,
  curveSecretKey: keys.secretKey,
  curveServerKey: serverKey,
});

describe.each(PEERS)("security with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;
  const keys = (): Promise<KeyPair> => scene.peer.curveKeyPair();

  const converse = async (ours: Dealer, theirs: Awaited<ReturnType<Peer["socket"]>>): Promise<void> => {
    await ours.send(["to", "", "theirs"]);
    expect(await theirs.receiveText()).toEqual(["to", "", "theirs"]);
    await theirs.send("to", "ours");
    expect(texts(await ours.receive())).toEqual(["to", "ours"]);
  };

  /** What theirs says of its handshakes, once there is something. */
  const theirFailure = async (theirs: Awaited<ReturnType<Peer["socket"]>>): Promise<string> => {
    for (;;) {
      const failed = (await theirs.events()).find(({ type }) => /FAILED|handshake:error/.test(type));
      if (failed !== undefined) return failed.type;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  describe.each(BINDERS)("where %s bind", (binder) => {
    here("NULL, after each client was looked at", async () => {
      const asked: string[] = [];
      const ours = scene.ours(
        new Dealer({
          authenticate({ request, peerAddress }) {
            asked.push(`${request.mechanism} ${peerAddress}`);
            return true;
          },
        }),
      );
      const theirs = await scene.theirs("DEALER");
      await scene.join(ours, theirs, binder);
      await converse(ours, theirs);
      expect(asked).toEqual(["NULL 127.0.0.1"]);
    });

    here("NULL, turned away", async () => {
      const ours = scene.ours(new Dealer({ authenticate: () => false }));
      const theirs = await scene.theirs("DEALER", { reconnectInterval: -1 });
      const failure = seen(ours, "handshake:error:auth");
      if (binder === "ours") await theirs.connect(await ours.bind("tcp://127.0.0.1:0"));
      else ours.connect(await theirs.bind());
      expect(await failure).toMatchObject({ error: { code: "zmtp/denied" } });
      expect(await theirFailure(theirs)).toMatch(/AUTH|auth/);
      expect(ours.peers).toBe(0);
    });

    here("PLAIN as the server: the right password, and a wrong one", async () => {
      const ours = scene.ours(
        new Dealer({
          plainServer: true,
          authenticate: ({ request }) =>
            request.mechanism === "PLAIN" &&
            texts([request.username, request.password]).join() === "ann,secret" && { status: 200, userId: "ann" },
        }),
      );
      const theirs = await scene.theirs("DEALER", { plainUsername: "ann", plainPassword: "secret" });
      const peer = seen(ours, "handshake");
      await scene.join(ours, theirs, binder);
      expect((await peer).peer).toMatchObject({ mechanism: "PLAIN", userId: "ann" });
      await converse(ours, theirs);
      const wrong = await scene.theirs("DEALER", { plainUsername: "ann", plainPassword: "guess" });
      const failure = seen(ours, "handshake:error:auth");
      if (binder === "ours") await wrong.connect(ours.lastEndpoint!);
      else ours.connect(await wrong.bind());
      await failure;
      expect(await theirFailure(wrong)).toMatch(/AUTH|auth|PROTOCOL|protocol/);
      expect(ours.peers).toBe(1);
    });

    here("CURVE as the server: a known key, an unknown one, and one that has the wrong server key", async () => {
      const [server, known, unknown] = [await keys(), await keys(), await keys()];
      const callers: string[] = [];
      const ours = scene.ours(
        new Dealer({
          ...asServer(server),
          authenticate({ request }) {
            if (request.mechanism !== "CURVE") return false;
            const isFirst = callers.length === 0;
            callers.push(Buffer.from(request.publicKey).toString("hex"));
            return isFirst;
          },
        }),
      );
      const theirs = await scene.theirs("DEALER", theirClient(known, server.publicKey));
      await scene.join(ours, theirs, binder);
      await converse(ours, theirs);
      const meet = async (options: PeerOptions): Promise<void> => {
        const other = await scene.theirs("DEALER", { ...options, reconnectInterval: -1 });
        if (binder === "ours") await other.connect(ours.lastEndpoint!);
        else ours.connect(await other.bind());
      };
      const denied = seen(ours, "handshake:error:auth");
      await meet(theirClient(unknown, server.publicKey));
      await denied;
      const mistaken = seen(ours, "handshake:error:protocol");
      await meet(theirClient(known, known.publicKey));
      expect(await mistaken).toMatchObject({ error: { code: "zmtp/curve-wrong-server-key" } });
      expect(ours.peers).toBe(1);
      expect(new Set(callers).size).toBe(2);
    });

    here("CURVE as a client: let in, and not with the wrong server key", async () => {
      const [server, client] = [await keys(), await keys()];
      const theirs = await scene.theirs("DEALER", theirServer(server));
      const ours = scene.ours(new Dealer(asClient(client, server.publicKey)));
      await scene.join(ours, theirs, binder);
      await converse(ours, theirs);
      const lost = scene.ours(new Dealer(asClient(client, client.publicKey)));
      const failure = Promise.race([seen(lost, "handshake:error:other"), seen(lost, "handshake:error:protocol")]);
      if (binder === "ours") await theirs.connect(await lost.bind("tcp://127.0.0.1:0"));
      else lost.connect(await theirs.bind());
      await failure;
      expect(lost.peers).toBe(0);
    });

    const mechanisms = ["NULL", "PLAIN", "CURVE"] as const;
    const mismatches = mechanisms.flatMap((mine) => mechanisms.filter((one) => one !== mine).map((one) => [mine, one]));
    here.each(mismatches)("ours with %s and theirs with %s never talk", async (mine, theirOwn) => {
      const [server, client] = [await keys(), await keys()];
      const options: Record<string, DealerOptions> = {
        NULL: {},
        PLAIN: { plainUsername: "ann", plainPassword: "secret" },
        CURVE: asClient(client, server.publicKey),
      };
      const theirOptions: Record<string, PeerOptions> = {
        NULL: {},
        PLAIN: { plainServer: true },
        CURVE: theirServer(server),
      };
      const ours = scene.ours(new Dealer(options[mine!]));
      const theirs = await scene.theirs("DEALER", { ...theirOptions[theirOwn!], reconnectInterval: -1 });
      const failure = new Promise<string>((resolve) => {
        ours.events.on("*", ({ type }) => {
          if (type.startsWith("handshake")) resolve(type);
        });
      });
      if (binder === "ours") await theirs.connect(await ours.bind("tcp://127.0.0.1:0"));
      else ours.connect(await theirs.bind());
      expect(await failure).toMatch(/^handshake:error:(protocol|other)$/);
    });
  });
});

describe.each(PEERS)("a libzmq by %s that asks who comes", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  here("lets ours in, or not: PLAIN, CURVE and NULL", async () => {
    const peer = await scene.another();
    const [server, known, unknown] = [await peer.curveKeyPair(), await peer.curveKeyPair(), await peer.curveKeyPair()];
    const { z85Decode } = await import("../../src/sockets/z85.ts");
    await peer.allow([
      { mechanism: "PLAIN", credentials: ["ann", "secret"] },
      { mechanism: "CURVE", credentials: [z85Decode(known.publicKey)] },
    ]);
    const cases: [PeerOptions, good: DealerOptions | undefined, bad: DealerOptions][] = [
      [
        { plainServer: true },
        { plainUsername: "ann", plainPassword: "secret" },
        { plainUsername: "ann", plainPassword: "guess" },
      ],
      [theirServer(server), asClient(known, server.publicKey), asClient(unknown, server.publicKey)],
      [{}, undefined, {}],
    ];
    for (const [theirOptions, good, bad] of cases) {
      const theirs = await peer.socket("DEALER", { ...theirOptions, zapDomain: "global" });
      const endpoint = await theirs.bind();
      if (good !== undefined) {
        const ours = scene.ours(new Dealer(good));
        ours.connect(endpoint);
        await connected(ours);
        await ours.send("in");
        expect(await theirs.receiveText()).toEqual(["in"]);
      }
      const refused = scene.ours(new Dealer(bad));
      const failure = seen(refused, "handshake:error:auth");
      refused.connect(endpoint);
      await failure;
      expect(refused.peers).toBe(0);
    }
  });
});

describe("security with a raw peer", () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  const kept = <T extends { close(): unknown }>(one: T): T => {
    open.push(one);
    return one;
  };

  it("says ERROR 400 in the place of READY to whom it denies", async () => {
    const ours = kept(new Dealer({ authenticate: () => false }));
    const raw = kept(await RawPeer.connect(await ours.bind("tcp://127.0.0.1:0")));
    raw.greet("NULL");
    raw.command("READY", Buffer.from("\x0bSocket-Type\0\0\0\x06DEALER", "latin1"));
    await raw.takeGreeting();
    const { flags, body } = await raw.receiveFrame();
    expect([flags, body.toString("latin1")]).toEqual([4, "\x05ERROR\x03400"]);
    await raw.closed();
  });

  it.each([
    ["as it should be", "\x05ERROR\x03400"],
    ["as libzmq says it to PLAIN, without the length of the name", "\x5eRROR\x03400"],
  ])("hears a denial %s", async (_how, body) => {
    const listener = kept(await RawListener.listen());
    const ours = kept(new Dealer({ plainUsername: "ann", plainPassword: "guess" }));
    const failure = seen(ours, "handshake:error:auth");
    ours.connect(listener.endpoint);
    const raw = kept(await listener.accept());
    raw.greet("PLAIN");
    expect(await raw.takeGreeting()).toBe("PLAIN");
    expect(Buffer.from(await raw.receiveCommand("HELLO")).toString("latin1")).toBe("\x03ann\x05guess");
    raw.write(Buffer.from(`\x04${String.fromCharCode(body.length)}${body}`, "latin1"));
    await failure;
  });

  it("refuses a peer of ZMTP 2.0 with CURVE and with PLAIN", async () => {
    const secret = new Uint8Array(32).fill(7);
    for (const options of [
      { curveServer: true, curveSecretKey: secret },
      { plainServer: true, authenticate: () => true },
    ]) {
      const ours = kept(new Dealer(options));
      const raw = kept(await RawPeer.connect(await ours.bind("tcp://127.0.0.1:0")));
      const failure = seen(ours, "handshake:error:protocol");
      // Signature, revision 1, DEALER, an empty identity (zmtp §1.14).
      raw.write(Buffer.from("ff00000000000000017f01050000", "hex"));
      await failure;
      await raw.closed();
    }
  });
});
