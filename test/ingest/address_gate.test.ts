import { describe, expect, test } from "vitest";
import { AddressGate } from "../../src/ingest/address_gate.ts";
import { addressKey } from "../../src/ingest/address_key.ts";
import { TokenBucket } from "../../src/ingest/token_bucket.ts";

const LIMITS = { handshakes: { burst: 5, perMinute: 60 }, failures: { burst: 2, perMinute: 6 }, maxAddresses: 3 };

test("a bucket gives its burst, then as many as time brings, and never more than it holds", () => {
  const bucket = new TokenBucket({ burst: 3, perMinute: 60 }, 0);
  expect([1, 2, 3, 4].map(() => bucket.take(0))).toEqual([true, true, true, false]);
  expect(bucket.take(999)).toBe(false);
  expect(bucket.take(1_000)).toBe(true);
  expect(bucket.take(1_000)).toBe(false);
  // A clock that went back brings nothing.
  expect(bucket.take(500)).toBe(false);
  expect([1, 2, 3, 4].map(() => bucket.take(3_600_000))).toEqual([true, true, true, false]);
});

test("an address may begin so many handshakes, whichever port it comes from; another is not concerned", () => {
  const gate = new AddressGate(LIMITS);
  const entered = Array.from({ length: 6 }, (_, i) => gate.enter(`10.0.0.1:${i}`, 0));
  expect(entered).toEqual([...new Array(5).fill(undefined), "address-handshakes"]);
  expect(gate.enter("10.0.0.2:1", 0)).toBeUndefined();
  expect(gate.enter("10.0.0.1:9", 1_000)).toBeUndefined();
  expect(gate.enter("10.0.0.1:9", 1_000)).toBe("address-handshakes");
});

test("failed handshakes close the door for a while, and knocking on a closed door costs nothing", () => {
  const gate = new AddressGate(LIMITS);
  for (let i = 0; i < 20; i++) gate.failed("10.0.0.1:1", 0);
  for (let i = 0; i < 20; i++) expect(gate.enter("10.0.0.1:1", 5_000)).toBe("address-failures");
  for (let i = 0; i < 5; i++) expect(gate.enter("10.0.0.1:1", 10_000)).toBeUndefined();
});

test("remembers so many addresses and forgets the one that was quiet for longest", () => {
  const gate = new AddressGate(LIMITS);
  for (const host of [1, 2, 3]) for (let i = 0; i < 5; i++) gate.enter(`10.0.0.${host}:1`, host);
  expect(gate.enter("10.0.0.1:1", 4)).toBe("address-handshakes");
  for (let host = 4; host < 1_000; host++) gate.enter(`10.0.${host >> 8}.${host & 255}:1`, 5);
  expect(gate.size).toBe(3);
  expect(gate.enter("10.0.0.1:1", 6)).toBeUndefined();
});

describe("whom an address means", () => {
  test.each([
    ["10.0.0.1:7400", "10.0.0.1"],
    ["::ffff:10.0.0.1:7400", "10.0.0.1"],
    ["2001:db8:1:2:3:4:5:6:7400", "2001:db8:1:2::/64"],
    ["[2001:DB8:1:2::9]:7400", "2001:db8:1:2::/64"],
    ["2001:db8::1:7400", "2001:db8:0:0::/64"],
    ["::1:7400", "0:0:0:0::/64"],
    ["fe80::1%eth0:7400", "fe80:0:0:0::/64"],
    ["noport", ""],
  ])("%s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
