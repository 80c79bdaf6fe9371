import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { curveClient, curveServer } from "../../src/protocols/zmtp/curve_security.ts";
import type { AuthenticateDecision, AuthenticateRequest } from "../../src/protocols/zmtp/mechanism.ts";
import type { CurveSecurityOptions, SecurityOptions } from "../../src/protocols/zmtp/session_types.ts";
import { nobleCurve } from "../../src/sockets/noble_curve.ts";
import { z85Decode, z85Encode } from "../../src/sockets/z85.ts";
import { PEERS, Peer, type PeerOptions, type PeerSocket, pattern } from "./peers/peer.ts";
import { type LinkOptions, linkTo, type SessionLink, SessionListener } from "./session_link.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const counting = (first: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => first + i);

const SERVER_SECRET = counting(0x40);
const CLIENT_SECRET = counting(0x80);
const SERVER_KEY = nobleCurve.publicKey(SERVER_SECRET);
const CLIENT_KEY = nobleCurve.publicKey(CLIENT_SECRET);

const ourClient = (serverKey: Uint8Array = SERVER_KEY): CurveSecurityOptions =>
  curveClient({ primitives: nobleCurve, secretKey: CLIENT_SECRET, serverKey });
const ourServer = (): CurveSecurityOptions => curveServer({ primitives: nobleCurve, secretKey: SERVER_SECRET });
const theirServer: PeerOptions = {
  curveServer: true,
  curveSecretKey: z85Encode(SERVER_SECRET),
  curvePublicKey: z85Encode(SERVER_KEY),
};
const theirClient = (serverKey: Uint8Array = SERVER_KEY): PeerOptions => ({
  curveSecretKey: z85Encode(CLIENT_SECRET),
  curvePublicKey: z85Encode(CLIENT_KEY),
  curveServerKey: z85Encode(serverKey),
});
const plain = (password: string): SecurityOptions => ({
  mechanism: "PLAIN",
  role: "client",
  username: bytes("ann"),
  password: bytes(password),
});

const decide = (status: AuthenticateDecision["status"], userId = ""): AuthenticateDecision => ({
  status,
  text: "",
  userId,
  metadata: [],
});

describe.each(PEERS)("with libzmq by %s", (kind, isInstalled) => {
  const here = it.skipIf(!isInstalled);
  let peer: Peer;
  const open: { close(): unknown }[] = [];

  beforeAll(async () => {
    if (isInstalled) peer = await Peer.start(kind);
  });
  afterAll(() => peer?.stop());
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  const keep = <T extends { close(): unknown }>(one: T): T => {
    open.push(one);
    return one;
  };
  /** Ours connects to theirs. */
  const toTheirs = async (type: string, theirs: PeerOptions, ours: LinkOptions): Promise<[PeerSocket, SessionLink]> => {
    const socket = keep(await peer.socket(type, theirs));
    return [socket, keep(linkTo(await socket.bind(), ours))];
  };
  /** Theirs connects to ours. */
  const toOurs = async (type: string, theirs: PeerOptions, ours: LinkOptions): Promise<[PeerSocket, SessionLink]> => {
    const listener = keep(await SessionListener.listen(ours));
    const socket = keep(await peer.socket(type, theirs));
    await socket.connect(listener.endpoint);
    return [socket, keep(await listener.accept())];
  };

  /** A few messages each way, large and small, in several parts. */
  const converse = async (theirs: PeerSocket, ours: SessionLink): Promise<void> => {
    ours.send("one", new Uint8Array(), pattern(300));
    ours.send("two");
    expect(await theirs.receive()).toEqual([bytes("one"), new Uint8Array(), pattern(300)]);
    expect(await theirs.receiveText()).toEqual(["two"]);
    await theirs.send("three", new Uint8Array(), pattern(70_000));
    await theirs.send("four");
    expect(await ours.receive()).toEqual([bytes("three"), new Uint8Array(), pattern(70_000)]);
    expect(await ours.receiveText()).toEqual(["four"]);
  };

  const ways = [
    ["connects", toTheirs],
    ["is connected to", toOurs],
  ] as const;

  describe.each(ways)("where ours %s", (way, meet) => {
    here("talks with NULL", async () => {
      const [theirs, ours] = await meet("DEALER", {}, { socketType: "DEALER", security: { mechanism: "NULL" } });
      expect(await ours.ready()).toMatchObject({ socketType: "DEALER", major: 3, minor: 1, mechanism: "NULL" });
      await converse(theirs, ours);
    });

    here("talks with CURVE", async () => {
      const [theirOptions, security] = way === "connects" ? [theirServer, ourClient()] : [theirClient(), ourServer()];
      const [theirs, ours] = await meet("DEALER", theirOptions, { socketType: "DEALER", security });
      expect(await ours.ready()).toMatchObject({ socketType: "DEALER", mechanism: "CURVE" });
      await converse(theirs, ours);
    });

    here("talks with CURVE when the roles are the other way round", async () => {
      const [theirOptions, security] = way === "connects" ? [theirClient(), ourServer()] : [theirServer, ourClient()];
      const [theirs, ours] = await meet("PAIR", theirOptions, { socketType: "PAIR", security });
      await ours.ready();
      await converse(theirs, ours);
    });

    const securities: [name: string, theirs: PeerOptions, ours: () => SecurityOptions][] = [
      ["NULL", {}, () => ({ mechanism: "NULL" })],
      ["CURVE", way === "connects" ? theirServer : theirClient(), way === "connects" ? ourClient : ourServer],
    ];

    here.each(securities)("subscribes by commands and by messages through %s", async (_name, theirOptions, ours) => {
      const [theirs, sub] = await meet("XPUB", theirOptions, { socketType: "XSUB", security: ours() });
      await sub.ready();
      sub.subscribe("a");
      expect(await theirs.receive()).toEqual([bytes("\x01a")]);
      // The form of 3.0, which a publisher of 3.1 takes too.
      sub.send("\x01b");
      expect(await theirs.receive()).toEqual([bytes("\x01b")]);
      for (const topic of ["aa", "c", "bb"]) await theirs.send(topic, "body");
      expect(await sub.receiveText()).toEqual(["aa", "body"]);
      expect(await sub.receiveText()).toEqual(["bb", "body"]);
      sub.cancel("b");
      expect(await theirs.receive()).toEqual([bytes("\x00b")]);
      sub.send("\x00a");
      expect(await theirs.receive()).toEqual([bytes("\x00a")]);
    });

    here.each(securities)("is subscribed to through %s", async (_name, theirOptions, ours) => {
      const [theirs, pub] = await meet("SUB", theirOptions, { socketType: "XPUB", security: ours() });
      await pub.ready();
      await theirs.subscribe("a");
      // A socket of libzmq takes in a new connection only when it is used.
      const published = theirs.receiveText();
      expect(await pub.receive()).toEqual([bytes("\x01a")]);
      pub.send("ab", "body");
      expect(await published).toEqual(["ab", "body"]);
      await theirs.unsubscribe("a");
      expect(await pub.receive()).toEqual([bytes("\x00a")]);
    });

    here.each(securities)("answers heartbeats and gets answers through %s", async (_name, theirOptions, ours) => {
      const theirBeat = { heartbeatInterval: 60, heartbeatTimeout: 400 };
      const [theirs, link] = await meet(
        "DEALER",
        { ...theirOptions, ...theirBeat },
        {
          socketType: "DEALER",
          security: ours(),
          heartbeat: { intervalMs: 70, timeoutMs: 2_000, ttlMs: 5_000 },
        },
      );
      await link.ready();
      // So many that theirs would have hung up long ago, had its PINGs stayed without a PONG.
      await link.chunksReceived(20);
      expect(link.isClosed).toBe(false);
      await converse(theirs, link);
    });
  });

  here("is refused by a CURVE server whose key it has wrong", async () => {
    const [, ours] = await toTheirs("DEALER", theirServer, {
      socketType: "DEALER",
      security: ourClient(nobleCurve.publicKey(counting(1))),
    });
    await ours.closed();
    await expect(ours.ready()).rejects.toThrow("no ready");
  });

  here("refuses a CURVE client that has its key wrong", async () => {
    const [, ours] = await toOurs("DEALER", theirClient(nobleCurve.publicKey(counting(1))), {
      socketType: "DEALER",
      security: ourServer(),
    });
    expect(await ours.failed()).toMatchObject({ kind: "protocol", error: { code: "zmtp/curve-wrong-server-key" } });
  });

  here("is asked about each CURVE client, and can refuse it", async () => {
    const asked: AuthenticateRequest[] = [];
    const ours = { socketType: "DEALER", security: ourServer() } as const;
    const [theirs, link] = await toOurs("DEALER", theirClient(), {
      ...ours,
      authenticate: (request) => {
        asked.push(request);
        return decide(200, "ann");
      },
    });
    expect(await link.ready()).toMatchObject({ userId: "ann" });
    await converse(theirs, link);
    expect(asked).toEqual([{ mechanism: "CURVE", publicKey: CLIENT_KEY }]);

    const [denied, refusing] = await toOurs("DEALER", theirClient(), { ...ours, authenticate: () => decide(400) });
    expect(await refusing.failed()).toMatchObject({ kind: "auth", error: { code: "zmtp/denied" } });
    await refusing.closed();
    const types = (await denied.events()).map(({ type }) => type);
    expect(types.join(" ")).toMatch(/HANDSHAKE_FAILED_AUTH|handshake:error:auth/);
  });

  here("asks about each PLAIN client, and can refuse it", async () => {
    const asked: AuthenticateRequest[] = [];
    const ours = { socketType: "DEALER", security: { mechanism: "PLAIN", role: "server" } } as const;
    const theirOptions = { plainUsername: "ann", plainPassword: "secret" };
    const [theirs, link] = await toOurs("DEALER", theirOptions, {
      ...ours,
      authenticate: (request) => {
        asked.push(request);
        return decide(200, "ann");
      },
    });
    await link.ready();
    await converse(theirs, link);
    expect(asked).toEqual([{ mechanism: "PLAIN", username: bytes("ann"), password: bytes("secret") }]);
    const [, refusing] = await toOurs("DEALER", theirOptions, { ...ours, authenticate: () => decide(400) });
    expect(await refusing.failed()).toMatchObject({ kind: "auth" });
  });

  here("never gets ready with another mechanism", async () => {
    const [, ours] = await toTheirs("DEALER", {}, { socketType: "DEALER", security: ourClient() });
    // libzmq may hang up before it has named its own.
    await ours.closed();
    await expect(ours.ready()).rejects.toThrow("no ready");
  });
});

describe.each(PEERS)("with a libzmq by %s that asks who comes", (kind, isInstalled) => {
  const here = it.skipIf(!isInstalled);
  let peer: Peer;
  const open: SessionLink[] = [];

  beforeAll(async () => {
    if (!isInstalled) return;
    peer = await Peer.start(kind);
    await peer.allow([
      { mechanism: "PLAIN", credentials: ["ann", "secret"] },
      { mechanism: "CURVE", credentials: [CLIENT_KEY] },
    ]);
  });
  afterAll(() => peer?.stop());
  afterEach(() => {
    for (const link of open.splice(0)) link.close();
  });

  const meet = async (theirs: PeerOptions, security: SecurityOptions): Promise<[PeerSocket, SessionLink]> => {
    const socket = await peer.socket("DEALER", { ...theirs, zapDomain: "global" });
    const link = linkTo(await socket.bind(), { socketType: "DEALER", security });
    open.push(link);
    return [socket, link];
  };

  here("is let in by PLAIN with the right password, and refused with a wrong one", async () => {
    const [theirs, ours] = await meet({ plainServer: true }, plain("secret"));
    await ours.ready();
    ours.send("in");
    expect(await theirs.receiveText()).toEqual(["in"]);
    const [, refused] = await meet({ plainServer: true }, plain("wrong"));
    expect(await refused.failed()).toMatchObject({ kind: "auth" });
  });

  here("is let in by CURVE with a known key, and refused with an unknown one", async () => {
    const [theirs, ours] = await meet(theirServer, ourClient());
    await ours.ready();
    ours.send("in");
    expect(await theirs.receiveText()).toEqual(["in"]);
    const unknown = curveClient({ primitives: nobleCurve, secretKey: counting(9), serverKey: SERVER_KEY });
    const [, refused] = await meet(theirServer, unknown);
    expect(await refused.failed()).toMatchObject({ kind: "auth" });
  });
});

describe.each(PEERS)("the keys of libzmq by %s", (kind, isInstalled) => {
  it.skipIf(!isInstalled)("are the ones that ours make of the same secret", async () => {
    const peer = await Peer.start(kind);
    try {
      for (let i = 0; i < 5; i++) {
        const { publicKey, secretKey } = await peer.curveKeyPair();
        expect(z85Encode(nobleCurve.publicKey(z85Decode(secretKey)))).toBe(publicKey);
      }
    } finally {
      await peer.stop();
    }
  });
});
