import sodium from "libsodium-wrappers";
import { beforeAll, describe, expect, it } from "vitest";
import type { CurvePrimitives } from "../../../src/ports/curve_primitives.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import { sodiumCurve } from "../../../src/sockets/sodium_curve.ts";
import { hex, unhex } from "../../hex.ts";
import { exchanges, framesOf, ourSide } from "./exchange.ts";

beforeAll(() => sodium.ready);

const libraries: [name: string, make: () => CurvePrimitives][] = [
  ["noble", () => nobleCurve],
  ["libsodium", () => sodiumCurve(sodium)],
];
const COMMAND = 4;

describe.each(exchanges())("the recorded exchange %s", (_name, exchange) => {
  it.each(libraries)("is understood again with %s, and answered with the same bytes", (_library, make) => {
    const mechanism = ourSide(exchange, make());
    const sent = mechanism.takeCommands().map(hex);
    const opened: unknown[] = [];
    let outcome: unknown;
    for (const { flags, body } of framesOf(exchange.theirs)) {
      const { box } = mechanism;
      if (box === undefined) {
        expect(flags & COMMAND).toBe(COMMAND);
        mechanism.receive(body);
        outcome = mechanism.takeOutcome() ?? outcome;
        sent.push(...mechanism.takeCommands().map(hex));
      } else {
        // zmtp §1.8: the outer frame has neither MORE nor COMMAND.
        expect(flags & ~2).toBe(0);
        const frame = box.open(body);
        opened.push({ flags: frame.flags, body: hex(frame.body) });
      }
    }
    const ours = framesOf(exchange.ours);
    expect(sent).toEqual(ours.filter(({ flags }) => (flags & COMMAND) !== 0).map(({ body }) => hex(body)));
    expect(outcome).toMatchObject({ type: "ready" });
    const { metadata } = outcome as { metadata: { name: string; value: Uint8Array }[] };
    expect(metadata.map(({ name, value }) => ({ name, value: hex(value) }))).toEqual(exchange.metadata);
    expect(opened).toEqual(exchange.frames);
    if (!exchange.from.startsWith("this code")) return;
    // Both sides sent the same frames: what is sealed is repeatable to the byte too.
    const sealed = exchange.frames.map(({ flags, body }) => hex(mechanism.box!.seal(flags, unhex(body))));
    expect(sealed).toEqual(ours.filter(({ flags }) => (flags & COMMAND) === 0).map(({ body }) => hex(body)));
  });
});

it("has both libraries' peers, both ways, and both sides of this code", () => {
  expect(
    exchanges()
      .map(([name]) => name)
      .sort(),
  ).toEqual([
    "curve_client_pyzmq",
    "curve_client_zeromq",
    "curve_fixed_client",
    "curve_fixed_server",
    "curve_server_pyzmq",
    "curve_server_zeromq",
  ]);
});
