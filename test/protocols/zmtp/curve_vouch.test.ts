import { expect, it } from "vitest";
import type { CurvePrimitives } from "../../../src/ports/curve_primitives.ts";
import { CurveClient } from "../../../src/protocols/zmtp/curve_client.ts";
import { nobleCurve } from "../../../src/sockets/noble_curve.ts";
import {
  CLIENT_KEY,
  CLIENT_SECRET,
  contextOf,
  counting,
  countingEntropy,
  failureOf,
  onlyCommand,
  outcomeOf,
  SERVER_KEY,
  server,
} from "./curve_pair.ts";

/** A client that writes other things into its vouch: octet `at` of C' (0 to 31) or S (32 to 63) is changed before it is sealed. */
function forging(at: number | undefined): CurvePrimitives {
  return {
    ...nobleCurve,
    seal(box, nonce, key) {
      const isVouch = new TextDecoder().decode(nonce.subarray(0, 8)) === "VOUCH---";
      if (isVouch && at !== undefined) box[16 + at]! ^= 1;
      nobleCurve.seal(box, nonce, key);
    },
  };
}

function initiateOf(primitives: CurvePrimitives, publicKey: Uint8Array): [ReturnType<typeof server>, Uint8Array] {
  const keys = { publicKey, secretKey: CLIENT_SECRET, serverKey: SERVER_KEY };
  const a = new CurveClient(keys, primitives, contextOf(), countingEntropy(0x11));
  const b = server(contextOf({ asksWho: true }));
  a.start();
  b.receive(onlyCommand(a));
  a.receive(onlyCommand(b));
  return [b, onlyCommand(a)];
}

it("takes the vouch of a client that changes nothing", () => {
  const [b, initiate] = initiateOf(forging(undefined), CLIENT_KEY);
  expect(outcomeOf(b, initiate)?.type).toBe("authenticate");
});

it("refuses a client that shows somebody else's key", () => {
  const [b, initiate] = initiateOf(nobleCurve, nobleCurve.publicKey(counting(32, 3)));
  expect(failureOf(b, initiate)).toBe("zmtp/curve-bad-vouch");
});

it("refuses a client that shows a key of small order", () => {
  const [b, initiate] = initiateOf(nobleCurve, new Uint8Array(32));
  expect(failureOf(b, initiate)).toBe("zmtp/curve-weak-key");
});

it.each([0, 15, 31])("refuses a vouch for another connection (octet %i of C')", (at) => {
  const [b, initiate] = initiateOf(forging(at), CLIENT_KEY);
  expect(failureOf(b, initiate)).toBe("zmtp/curve-bad-vouch");
});

it.each([32, 47, 63])("refuses a vouch for another server (octet %i of C' and S)", (at) => {
  const [b, initiate] = initiateOf(forging(at), CLIENT_KEY);
  expect(failureOf(b, initiate)).toBe("zmtp/curve-bad-vouch");
});
