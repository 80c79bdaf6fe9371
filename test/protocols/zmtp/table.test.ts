/** Every state × trigger pair of the table, against the real session. */
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../../src/core/mod.ts";
import { legacyVersions } from "../../../src/protocols/zmtp/legacy_versions.ts";
import { ZmtpSession } from "../../../src/protocols/zmtp/session.ts";
import type { ZmtpCommand } from "../../../src/protocols/zmtp/session_types.ts";
import { ZMTP_TABLE, type ZmtpAction, type ZmtpState, type ZmtpTrigger } from "../../../src/protocols/zmtp/states.ts";
import { SessionTrace } from "../../../src/sansio/mod.ts";
import { bytes, hex, optionsOf, outputOf, unhex } from "./session_pair.ts";

const GREETING = `ff 0000000000000001 7f 0301 4e554c4c ${"00".repeat(16)} ${"00".repeat(32)}`;
/** READY of a SUB. */
const SUB_READY = "0419 05 5245414459 0b 536f636b65742d54797065 00000003 535542";
const HEARTBEAT = { intervalMs: 100, timeoutMs: 200, ttlMs: 0 };

interface Subject {
  readonly session: ZmtpSession;
  readonly trace: SessionTrace<ZmtpState, ZmtpTrigger>;
}

/** Asks who wants in where `asks`: then the session is `securing` until somebody decides. */
function subject(asks: boolean, wire: "stream" | "ZWS2.0" = "stream", takesOld = false): Subject {
  const trace = new SessionTrace<ZmtpState, ZmtpTrigger>(16);
  const options = optionsOf({
    socketType: "XPUB",
    asksWho: asks,
    wire,
    heartbeat: HEARTBEAT,
    ...(takesOld ? { legacy: legacyVersions } : {}),
  });
  const session = new ZmtpSession(options, 0, trace);
  session.takeOutput();
  return { session, trace };
}

const REACH: Record<ZmtpState, () => Subject> = {
  greeting: () => subject(false),
  securing: () => {
    const at = subject(true);
    at.session.receive(unhex(GREETING), 0);
    expect(at.session.nextEvent()?.type).toBe("authenticate");
    return at;
  },
  ready: () => {
    const at = subject(false);
    at.session.receive(unhex(`${GREETING} ${SUB_READY}`), 0);
    expect(at.session.nextEvent()?.type).toBe("ready");
    return at;
  },
  over: () => {
    const at = REACH.ready();
    at.session.receive(unhex("0406 0450494e47 00"), 0);
    expect(at.session.nextEvent()?.type).toBe("failed");
    return at;
  },
};

const COMMANDS: Partial<Record<ZmtpTrigger, ZmtpCommand>> = {
  subscribe: { type: "subscribe", topic: bytes("t") },
  cancel: { type: "cancel", topic: bytes("t") },
  decide: { type: "decide", status: 200, text: "", userId: "u", metadata: [] },
  close: { type: "close" },
};

/** What causes a trigger in a state, by bytes; a pair without an entry can't come about from outside. */
const BYTES: Partial<Record<ZmtpTrigger, Partial<Record<ZmtpState, string>>>> = {
  greeted: { greeting: GREETING, over: GREETING },
  command: { securing: SUB_READY, ready: "0404 0358595a", over: SUB_READY },
  message: { securing: "0001 41", ready: "0003 014142", over: "0001 41" },
  peerError: {
    securing: "040a 05 4552524f52 03343030",
    ready: "040a 05 4552524f52 03343030",
    over: "040a 05 4552524f52 03343030",
  },
  fault: { greeting: "00", securing: "0404 0448 5559", ready: "02 8000000000000000", over: "02 8000000000000000" },
};

/** When a timer is due. A state without an entry has none that is set. */
const TIMERS: Partial<Record<ZmtpTrigger, Partial<Record<ZmtpState, number>>>> = {
  handshakeTimeout: { greeting: 30_000, securing: 30_000 },
  beat: { ready: 100 },
};

/** What the owner sees of an action. */
function signsOf({ session }: Subject): string[] {
  const signs: string[] = [];
  const output = hex(outputOf(session));
  if (output !== "") signs.push(`output ${output}`);
  for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent())
    signs.push(`event ${event.type}`);
  for (const message of session.takeMessages(9)) signs.push(`message ${message.map(hex).join(" ")}`);
  return signs;
}

const SIGNS: Record<ZmtpAction, readonly RegExp[]> = {
  // NULL says READY at once, as an XPUB.
  startMechanism: [/^output 041a0552454144590b536f636b65742d547970650000000458505542$/],
  open: [/^event ready$/],
  negotiate: [],
  obey: [],
  deliver: [/^message 014142$/],
  fail: [/^event failed$/],
  ping: [/^output 04070450494e470000$/],
  tell: [/^output 04/],
  decide: [/^output 041a0552454144590b/],
  finish: [],
  ignore: [],
};

describe("the table of a session", () => {
  for (const [state, rules] of Object.entries(ZMTP_TABLE) as [ZmtpState, (typeof ZMTP_TABLE)[ZmtpState]][]) {
    for (const [trigger, rule] of Object.entries(rules) as [ZmtpTrigger, (typeof rules)[ZmtpTrigger]][]) {
      const command = COMMANDS[trigger];
      const stream = BYTES[trigger]?.[state];
      const dueMs = TIMERS[trigger]?.[state];
      const what = "refuse" in rule ? `is refused: ${rule.refuse}` : `${rule.action}, then ${rule.to}`;
      // `secured` and the other ways of `identified` and `silence` are the tests below.
      if (["greeting × identified", "securing × secured", "ready × silence"].includes(`${state} × ${trigger}`))
        continue;
      if (command === undefined && stream === undefined && dueMs === undefined) {
        it(`${state} × ${trigger}: can't come about from outside, and opens nothing (${what})`, () => {
          expect("refuse" in rule ? state : rule.to).toBe("to" in rule && rule.action === "fail" ? "over" : state);
          expect("refuse" in rule ? "ignore" : rule.action).toMatch(/^(fail|ignore)$/);
        });
        continue;
      }
      it(`${state} × ${trigger}: ${what}`, () => {
        const at = REACH[state]();
        expect(at.session.state).toBe(state);
        at.session.takeOutput();
        const cause = (): void => {
          if (command !== undefined) at.session.command(command, 1);
          else if (stream !== undefined) at.session.receive(unhex(stream), 1);
          else at.session.onTimeout(dueMs!);
        };
        if ("refuse" in rule) {
          expect(cause).toThrowError(expect.objectContaining({ code: `zmtp/${rule.refuse}`, side: "local" }));
          expect(at.session.state).toBe(state);
          expect(signsOf(at)).toEqual([]);
          return;
        }
        cause();
        expect(at.session.state).toBe(rule.to);
        const signs = signsOf(at);
        expect(signs.length, signs.join()).toBe(SIGNS[rule.action].length);
        for (const [i, sign] of SIGNS[rule.action].entries()) expect(signs[i]).toMatch(sign);
        if (rule.to === "over") expect(at.session.nextTimeoutMs()).toBeUndefined();
      });
    }
  }

  it("leads from a greeting to ready where nobody has a mechanism: ZWS2.0, and peers of 1.0", () => {
    const zws = subject(false, "ZWS2.0");
    zws.session.receive(unhex("00 6d65"), 0);
    expect(zws.trace.entries()).toEqual([{ atMs: 0, trigger: "identified", from: "greeting", to: "ready" }]);
    expect(signsOf(zws)).toEqual(["event ready"]);
    const old = subject(false, "stream", true);
    old.session.receive(unhex("01 00"), 0);
    expect(old.trace.entries().map(({ trigger }) => trigger)).toEqual(["identified"]);
    expect(signsOf(old)).toContain("event ready");
  });

  it("ends a ready session whose peer is silent, by our PING or by its own", () => {
    for (const cause of [
      ({ session }: Subject) => session.onTimeout(100),
      ({ session }: Subject) => session.receive(unhex("0407 0450494e47 0002"), 100),
    ]) {
      const at = REACH.ready();
      cause(at);
      at.session.onTimeout(10_000);
      expect(at.session.state).toBe("over");
      expect(at.trace.entries().at(-1)).toMatchObject({ trigger: "silence", from: "ready", to: "over" });
      expect(signsOf(at).at(-1)).toBe("event failed");
    }
  });

  it("takes one decision for each question, and none before", () => {
    const at = REACH.securing();
    at.session.command(COMMANDS["decide"]!, 0);
    expect(() => at.session.command(COMMANDS["decide"]!, 0)).toThrowError(ProtocolError);
    at.session.receive(unhex(SUB_READY), 0);
    expect(signsOf(at).at(-1)).toBe("event ready");
    expect(at.session.peer?.userId).toBe("u");
  });
});
