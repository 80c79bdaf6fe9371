import sodium from "libsodium-wrappers";
import { beforeAll, expect, it } from "vitest";
import { curveClient, curveServer } from "../../../src/protocols/zmtp/curve_security.ts";
import type { Mechanism } from "../../../src/protocols/zmtp/mechanism.ts";
import { sodiumCurve } from "../../../src/sockets/sodium_curve.ts";
import { SeededRandom } from "../../conformance/chunkings.ts";
import { CLIENT_SECRET, contextOf, countingEntropy, handshake, SERVER_KEY, SERVER_SECRET } from "./curve_pair.ts";

const RUNS = 400;

beforeAll(() => sodium.ready);

function sides(): { a: Mechanism; b: Mechanism } {
  const primitives = sodiumCurve(sodium);
  const a = curveClient({ primitives, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY });
  const b = curveServer({ primitives, secretKey: SERVER_SECRET });
  const made = { a: a.create(contextOf(), countingEntropy(0x11)), b: b.create(contextOf(), countingEntropy(0x22)) };
  made.a.start();
  made.b.start();
  return made;
}

/** Cut, longer, or with a few octets changed; never the same. */
function mutated(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const way = random.below(4);
  if (way === 0) return bytes.slice(0, random.below(bytes.length));
  if (way === 1)
    return Uint8Array.from([...bytes, ...Array.from({ length: 1 + random.below(40) }, () => random.below(256))]);
  const copy = bytes.slice();
  for (let i = 0; i <= random.below(3); i++) copy[random.below(copy.length)]! ^= 1 + random.below(255);
  return copy;
}

/** HELLO's padding says nothing: a change in it alone is none. */
function isSameHello(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i] || (i >= 8 && i < 80));
}

it("fails with a code at every mutated command of the handshake, and never answers it", () => {
  const good = handshake(sides().a, sides().b).commands;
  const codes = new Map<string, number>();
  const random = new SeededRandom(1);
  for (let run = 0; run < RUNS; run++) {
    const { a, b } = sides();
    const step = run % 4;
    const target = step % 2 === 0 ? b : a;
    if (step === 2) b.receive(good.hello);
    if (step === 3) a.receive(good.welcome);
    target.takeCommands();
    const original = [good.hello, good.welcome, good.initiate, good.ready][step]!;
    const command = mutated(original, random);
    if (isSameHello(command, original)) continue;
    target.receive(command);
    const outcome = target.takeOutcome();
    expect(outcome?.type, `run ${run}`).toBe("failed");
    expect(target.takeCommands()).toEqual([]);
    expect(target.box).toBeUndefined();
    if (outcome?.type === "failed") codes.set(outcome.error.code, (codes.get(outcome.error.code) ?? 0) + 1);
  }
  const expected = ["bad-cookie", "bad-initiate", "bad-ready", "bad-size", "wrong-server-key"];
  expect([...codes.keys()].sort()).toEqual(
    expect.arrayContaining(["zmtp/unexpected-command", ...expected.map((fault) => `zmtp/curve-${fault}`)]),
  );
});

it("opens no mutated MESSAGE, and every whole one behind it", () => {
  const pair = handshake(sides().a, sides().b);
  const random = new SeededRandom(2);
  for (let run = 0; run < RUNS; run++) {
    const sealed = pair.client.box!.seal(run & 3, new Uint8Array(random.below(100)));
    const broken = mutated(sealed, random);
    expect(() => pair.server.box!.open(broken), `run ${run}`).toThrow(/^zmtp\/curve-/);
    expect(pair.server.box!.open(sealed).flags).toBe(run & 3);
  }
});
