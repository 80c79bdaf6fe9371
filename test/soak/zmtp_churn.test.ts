import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, it } from "vitest";
import type { ChurnReport } from "./zmtp/churn.ts";
import type { HubSample } from "./zmtp/messages.ts";
import { faultsOf } from "./zmtp/verdict.ts";

const REST: HubSample = {
  peers: 40,
  handshakes: 40,
  sent: 1_000,
  received: 1_000,
  broken: 0,
  handles: { TCPServerWrap: 4, TCPSocketWrap: 40, Timeout: 8 },
  objects: { Pipe: 40, Link: 40 },
  heapBytes: 8_000_000,
  bufferBytes: 4_000_000,
  rssBytes: 80_000_000,
};
const GONE: HubSample = { ...REST, peers: 0, handles: {}, objects: { Pipe: 0, Link: 0 } };
const SOUND: ChurnReport = {
  seed: 1,
  peers: 40,
  seconds: 10,
  deeds: {},
  reconnects: 300,
  idle: GONE,
  firstRest: REST,
  samples: [],
  lastRest: { ...REST, handles: { ...REST.handles, Timeout: 9 }, heapBytes: 8_200_000 },
  closed: GONE,
};

it("the verdict on a churn names whatever has stayed behind", () => {
  expect(faultsOf(SOUND)).toEqual([]);
  const worse = (lastRest: Partial<HubSample>, closed: Partial<HubSample> = {}): string[] =>
    faultsOf({ ...SOUND, lastRest: { ...REST, ...lastRest }, closed: { ...GONE, ...closed } });
  expect(worse({ objects: { Pipe: 41, Link: 40 } })).toEqual(["41 living Pipes for 40 peers"]);
  expect(worse({ peers: 39 })).toEqual(["39 peers at the last rest, expected 40"]);
  expect(worse({ handles: { ...REST.handles, TCPSocketWrap: 41 } })).toHaveLength(1);
  expect(worse({ heapBytes: 9_000_000 })[0]).toContain("the heap grew by 1000000 bytes");
  expect(worse({ bufferBytes: 10_000_000 })[0]).toContain("buffers grew by 6000000 bytes");
  expect(worse({}, { handles: { Timeout: 1 } })).toEqual(["Timeout handles once all was closed: 1, expected 0"]);
  expect(worse({}, { objects: { Pipe: 0, Link: 2 } })).toEqual(["2 living Links once all was closed"]);
  expect(worse({}, { broken: 3 })).toEqual(["3 messages were not whole"]);
  expect(faultsOf({ ...SOUND, reconnects: 10 })).toHaveLength(1);
});

// Every process of peers has a loopback address of its own, which only Linux gives without asking.
it.skipIf(process.platform !== "linux")(
  "forty peers that are cut, re-bound, killed and frozen leave nothing behind",
  () => {
    const args = ["scripts/soak.mjs", "--zmtp", "--seconds", "8", "--peers", "40", "--seed", "1", "--json"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const report: ChurnReport = JSON.parse(stdout);
    expect(Object.keys(report.deeds).toSorted()).toEqual(["cut", "freeze", "kill", "leave", "rebind"]);
    expect(report.lastRest.received).toBeGreaterThan(report.firstRest.received);
  },
  60_000,
);
