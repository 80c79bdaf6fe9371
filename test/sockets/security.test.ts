import { describe, expect, it } from "vitest";
import { Pull, Push, Reply, Request, type SocketEvent } from "../../src/sockets/mod.ts";
import { nobleCurve } from "../../src/sockets/noble_curve.ts";
import { z85Encode } from "../../src/sockets/z85.ts";
import { receiveTexts, Scene, settle, until } from "./scene.ts";

const QUICK = { reconnectInterval: 1, reconnectStop: ["handshakeFailed"] as const };
const server = { secretKey: new Uint8Array(32).fill(2), publicKey: nobleCurve.publicKey(new Uint8Array(32).fill(2)) };
const client = { secretKey: new Uint8Array(32).fill(3), publicKey: nobleCurve.publicKey(new Uint8Array(32).fill(3)) };

function failures(socket: Pull | Push): SocketEvent[] {
  const told: SocketEvent[] = [];
  socket.events.on("*", (event) => void (event.type.startsWith("handshake:error") && told.push(event)));
  return told;
}

describe("PLAIN", () => {
  it("lets in whom authenticate lets in, and nobody else", async () => {
    const scene = new Scene();
    const asked: unknown[] = [];
    const pull = scene.open(Pull, {
      plainServer: true,
      authenticate: async ({ request, peerAddress, address }) => {
        await settle(1);
        if (request.mechanism !== "PLAIN") return false;
        asked.push([new TextDecoder().decode(request.username), peerAddress, address]);
        return new TextDecoder().decode(request.password) === "secret" && { status: 200, userId: "u-1" };
      },
    });
    const peers: string[] = [];
    pull.events.on("handshake", ({ peer }) => peers.push(peer.userId));
    const good = scene.open(Push, { plainUsername: "ann", plainPassword: "secret" });
    const endpoint = await scene.meet(pull, good);
    await good.send("hello");
    expect(await receiveTexts(pull, 1)).toEqual([["hello"]]);
    const bad = scene.open(Push, { plainUsername: "eve", plainPassword: "guess", ...QUICK });
    const told = failures(bad);
    const toldServer = failures(pull);
    bad.connect(endpoint);
    await until(() => told.length === 1 && toldServer.length === 1);
    expect(told).toMatchObject([{ type: "handshake:error:auth" }]);
    expect(toldServer).toMatchObject([{ type: "handshake:error:auth" }]);
    expect(asked).toEqual([
      ["ann", "127.0.0.1", endpoint],
      ["eve", "127.0.0.1", endpoint],
    ]);
    expect([peers, pull.peers]).toEqual([["u-1"], 1]);
  });

  it("does not talk to NULL, and an authenticate that throws lets nobody in", async () => {
    const scene = new Scene();
    const pull = scene.open(Pull, {
      authenticate: () => {
        throw new Error("out of order");
      },
    });
    const endpoint = await scene.bind(pull);
    for (const options of [{ plainUsername: "ann" }, {}]) {
      const push = scene.open(Push, { ...options, ...QUICK });
      const told = failures(push);
      push.connect(endpoint);
      await until(() => told.length === 1);
    }
    expect(pull.peers).toBe(0);
  });
});

describe("CURVE", () => {
  it("seals what REQ and REP say, with keys as octets or as Z85", async () => {
    const scene = new Scene();
    const seen: Uint8Array[] = [];
    const reply = scene.open(Reply, {
      curveServer: true,
      curveSecretKey: z85Encode(server.secretKey),
      authenticate: ({ request }) => {
        if (request.mechanism === "CURVE") seen.push(request.publicKey);
        return true;
      },
    });
    const request = scene.open(Request, {
      curveServerKey: z85Encode(server.publicKey),
      curveSecretKey: client.secretKey,
      curvePublicKey: client.publicKey,
    });
    await scene.meet(reply, request);
    await request.send(["question", new Uint8Array(100_000)]);
    const [question] = await receiveTexts(reply, 1);
    expect([question![0], question![1]!.length]).toEqual(["question", 100_000]);
    await reply.send("answer");
    expect(await receiveTexts(request, 1)).toEqual([["answer"]]);
    expect(seen.map((key) => z85Encode(key))).toEqual([z85Encode(client.publicKey)]);
  });

  it("fails with a wrong server key", async () => {
    const scene = new Scene();
    const pull = scene.open(Pull, { curveServer: true, curveSecretKey: server.secretKey });
    const push = scene.open(Push, { curveServerKey: client.publicKey, curveSecretKey: client.secretKey, ...QUICK });
    const told = failures(pull);
    push.connect(await scene.bind(pull));
    await until(() => told.length === 1);
    expect(pull.peers).toBe(0);
  });
});

describe("heartbeats", () => {
  it("end a connection whose peer has fallen silent, and make it again", async () => {
    const scene = new Scene();
    const push = scene.open(Push, { reconnectInterval: 1, heartbeatInterval: 5, heartbeatTimeout: 10 });
    const pull = scene.open(Pull);
    await scene.meet(pull, push);
    const told: SocketEvent[] = [];
    push.events.on("disconnect", (event) => told.push(event));
    scene.host.network.open[0]!.other.isStalled = true;
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ error: { code: "zmtp/silence" } }]);
    await until(() => push.peers === 1);
    await push.send("again");
    expect(await receiveTexts(pull, 1)).toEqual([["again"]]);
  });
});

describe("a peer that breaks the rules", () => {
  it("is disconnected with a coded reason, and no other peer is disturbed", async () => {
    const scene = new Scene();
    const pull = scene.open(Pull, { maxMessageSize: 1_000 });
    const [good, bad] = [scene.open(Push), scene.open(Push, QUICK)];
    await scene.meet(pull, good, bad);
    const told: SocketEvent[] = [];
    pull.events.on("disconnect", (event) => told.push(event));
    bad.trySend(["fine", new Uint8Array(2_000)]);
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ error: { code: "zmtp/frame-too-large" } }]);
    await good.send("undisturbed");
    expect(await receiveTexts(pull, 1)).toEqual([["undisturbed"]]);
  });

  it("is told nothing where its type does not fit", async () => {
    const scene = new Scene();
    const one = scene.open(Pull);
    const other = scene.open(Pull, QUICK);
    const told = failures(one);
    other.connect(await scene.bind(one));
    await until(() => told.length === 1);
    expect(told).toMatchObject([{ type: "handshake:error:protocol", error: { code: "zmtp/bad-socket-type" } }]);
  });
});
