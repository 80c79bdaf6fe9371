import { describe, expect } from "vitest";
import { curveKeyPair, Dealer, type SocketOptions, z85Decode } from "../../src/node/zmtp/mod.ts";
import { PEERS, Peer, type PeerOptions } from "./peers/peer.ts";
import { Scene, texts, until } from "./scene.ts";

const ANY = "tcp://127.0.0.1:0";
const server = curveKeyPair();
const client = curveKeyPair();
const stranger = curveKeyPair();

const CURVE_CLIENT = { curveServerKey: server.publicKey, curveSecretKey: client.secretKey };
const THEIR_CURVE_CLIENT: PeerOptions = { ...CURVE_CLIENT, curvePublicKey: client.publicKey };
const THEIR_CURVE_SERVER: PeerOptions = {
  curveServer: true,
  curveSecretKey: server.secretKey,
  curvePublicKey: server.publicKey,
};

describe.each(PEERS)("security with libzmq by %s", (kind, isInstalled) => {
  const scene = new Scene(kind, isInstalled);
  const { here } = scene;

  /** Ours binds: a message each way, or the code of the event that says why not. */
  async function oursBinds(options: SocketOptions, theirs: PeerOptions): Promise<string> {
    const ours = scene.ours(new Dealer(options));
    let refusal: string | undefined;
    for (const type of ["handshake:error:auth", "handshake:error:protocol", "handshake:error:other"] as const) {
      ours.events.on(type, (event) => {
        refusal ??= event.error.code;
      });
    }
    const peer = await scene.theirs("DEALER", { ...theirs, reconnectInterval: -1 });
    await peer.connect(await ours.bind(ANY));
    await until(() => ours.peers === 1 || refusal !== undefined);
    if (refusal !== undefined) return refusal;
    await peer.send("in", "");
    expect(texts(await ours.receive())).toEqual(["in", ""]);
    await ours.send(["out", new Uint8Array(100_000)]);
    expect((await peer.receiveDigested())?.[1]?.bytes).toBe(100_000);
    return "let in";
  }

  /** Theirs binds. */
  async function theirsBinds(options: SocketOptions, theirs: PeerOptions, to: Peer): Promise<string> {
    const ours = scene.ours(new Dealer(options));
    const peer = await to.socket("DEALER", theirs);
    let refusal: string | undefined;
    for (const type of ["handshake:error:auth", "handshake:error:protocol", "handshake:error:other"] as const) {
      ours.events.on(type, (event) => {
        refusal ??= event.error.code;
      });
    }
    ours.connect(await peer.bind());
    await until(() => ours.peers === 1 || refusal !== undefined);
    const answer = refusal ?? "let in";
    if (refusal === undefined) {
      await ours.send("in");
      expect(await peer.receiveText()).toEqual(["in"]);
      await peer.sendSized([70_000, 0]);
      expect((await ours.receive()).map((part) => part.length)).toEqual([70_000, 0]);
    }
    await peer.close();
    return answer;
  }

  here("NULL: our authenticate lets in, or says ERROR in the place of READY", async () => {
    const asked: string[] = [];
    const authenticate: SocketOptions["authenticate"] = ({ request, peerAddress }) => {
      asked.push(`${request.mechanism} ${peerAddress}`);
      return asked.length === 1;
    };
    expect(await oursBinds({ authenticate }, {})).toBe("let in");
    expect(await oursBinds({ authenticate }, {})).toBe("zmtp/denied");
    expect(asked).toEqual(["NULL 127.0.0.1", "NULL 127.0.0.1"]);
  });

  here("PLAIN: our server", async () => {
    const options: SocketOptions = {
      plainServer: true,
      authenticate: ({ request }) =>
        request.mechanism === "PLAIN" && texts([request.username, request.password]).join() === "ann,secret",
    };
    expect(await oursBinds(options, { plainUsername: "ann", plainPassword: "secret" })).toBe("let in");
    expect(await oursBinds(options, { plainUsername: "ann", plainPassword: "guess" })).toBe("zmtp/denied");
    // Who reads the other greeting first hangs up.
    expect(await oursBinds(options, {})).toMatch(/^(zmtp.mechanism-mismatch|sockets.handshake-ended)$/);
  });

  here("CURVE: our server", async () => {
    const known: SocketOptions = { curveServer: true, curveSecretKey: server.secretKey };
    expect(await oursBinds(known, THEIR_CURVE_CLIENT)).toBe("let in");
    expect(await oursBinds({ ...known, authenticate: () => false }, THEIR_CURVE_CLIENT)).toBe("zmtp/denied");
    const wrong = { ...THEIR_CURVE_CLIENT, curveServerKey: stranger.publicKey };
    expect(await oursBinds(known, wrong)).toMatch(/^(zmtp|curve)\//);
  });

  here("PLAIN and CURVE: their server and its ZAP handler", async () => {
    const peer = await Peer.start(kind);
    try {
      await peer.allow([
        { mechanism: "PLAIN", credentials: ["ann", "secret"] },
        { mechanism: "CURVE", credentials: [z85Decode(client.publicKey)] },
      ]);
      const plain: PeerOptions = { plainServer: true, zapDomain: "here" };
      expect(await theirsBinds({ plainUsername: "ann", plainPassword: "secret" }, plain, peer)).toBe("let in");
      expect(await theirsBinds({ plainUsername: "ann", plainPassword: "guess" }, plain, peer)).toBe("zmtp/peer-error");
      const curve: PeerOptions = { ...THEIR_CURVE_SERVER, zapDomain: "here" };
      expect(await theirsBinds(CURVE_CLIENT, curve, peer)).toBe("let in");
      const unknown = { ...CURVE_CLIENT, curveSecretKey: stranger.secretKey };
      expect(await theirsBinds(unknown, curve, peer)).toBe("zmtp/peer-error");
    } finally {
      await peer.stop();
    }
  });

  here("heartbeats inside of CURVE, both roles", async () => {
    const beats = { heartbeatInterval: 20, heartbeatTimeout: 1_000 };
    const ours = scene.ours(new Dealer({ curveServer: true, curveSecretKey: server.secretKey, ...beats }));
    const theirs = await scene.theirs("DEALER", { ...THEIR_CURVE_CLIENT, ...beats });
    await scene.join(ours, theirs, "ours");
    let lost = 0;
    ours.events.on("disconnect", () => lost++);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await theirs.send("still there");
    expect(texts(await ours.receive())).toEqual(["still there"]);
    expect(lost).toBe(0);
  });
});
