import * as zmtp from "../../../src/browser/zmtp/mod.ts";
import { assertEqual, assertSameBytes } from "../../conformance/assert.ts";
import type { ConformanceCase } from "../../conformance/case.ts";

/** Where servers of one make are bound. */
export interface ZmtpPlace {
  readonly name: string;
  /** REP and ROUTER send back whatever comes. */
  readonly reply: string;
  readonly router: string;
  /** XPUB answers a subscription to "T" with the message "T-topic", "news", and a part of a mebibyte. */
  readonly publisher: string;
  /** A part that is larger may stop it from reading, without a word; nothing is no bound. */
  readonly maxPartBytes?: number;
}

const BODY_BYTES = [0, 1, 255, 256, 65_535, 65_536, 1_048_576];
const FLOOD = 5_000;
/** Nobody who works takes so long. */
const PATIENCE = { timeoutMs: 20_000 };
const IMPATIENCE_MS = 500;
/** A close that waits for nobody, and a second for the peer's. */
const MAX_CLOSE_MS = 5_000;
const LARGE_BYTES = 1_048_576;

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function asks({ reply, maxPartBytes = Number.POSITIVE_INFINITY }: ZmtpPlace): Promise<void> {
  await using request = new zmtp.Request({ linger: 0 });
  request.connect(reply);
  for (const size of BODY_BYTES.filter((one) => one <= maxPartBytes)) {
    const body = Uint8Array.from({ length: size }, (_, i) => i);
    await request.send([body, "more"], PATIENCE);
    const [back, more] = await request.receive(PATIENCE);
    assertSameBytes(back!, body, `${size} octets`);
    assertEqual(text(more!), "more", "the second part");
  }
}

async function floods({ router }: ZmtpPlace): Promise<void> {
  await using dealer = new zmtp.Dealer({ linger: 0 });
  dealer.connect(router);
  const sending = (async () => {
    for (let i = 0; i < FLOOD; i++) await dealer.send(String(i), PATIENCE);
  })();
  for (let i = 0; i < FLOOD; i++) assertEqual(text((await dealer.receive(PATIENCE))[0]!), String(i), "in order");
  await sending;
}

async function subscribes({ publisher }: ZmtpPlace): Promise<void> {
  await using subscriber = new zmtp.Subscriber();
  subscriber.connect(publisher);
  subscriber.subscribe("a");
  const [topic, news, large] = await subscriber.receive(PATIENCE);
  assertEqual(
    [topic, news].map((part) => text(part!)),
    ["a-topic", "news"],
    "what matches",
  );
  assertEqual(large!.length, LARGE_BYTES, "octets of the large part");
}

/** The one way to be stuck that a page can't see: a timeout ends the wait, and closing does not wait for the peer. */
async function isStuck({ reply }: ZmtpPlace): Promise<void> {
  const request = new zmtp.Request({ linger: 0 });
  request.connect(reply);
  await request.send(new Uint8Array(LARGE_BYTES), PATIENCE);
  const answer = request.receive({ timeoutMs: IMPATIENCE_MS });
  const code = await answer.then(
    () => "an answer",
    (error: { code: string }) => error.code,
  );
  assertEqual(code, "sockets/timed-out", "what became of the receive");
  const late = new Promise((resolve) => setTimeout(resolve, MAX_CLOSE_MS, "late"));
  assertEqual(await Promise.race([request.close().then(() => "closed"), late]), "closed", "what became of the close");
}

/** Sockets of the page with servers over `ws://`. */
export function zmtpCases(places: readonly ZmtpPlace[]): ConformanceCase[] {
  return places.flatMap((place) => {
    const { name, maxPartBytes } = place;
    const stuck = {
      name: `ws:// to ${name}: a part of ${LARGE_BYTES} octets is not answered; receive and close end in time`,
      run: () => isStuck(place),
    };
    return [...casesOf(place), ...(maxPartBytes === undefined ? [] : [stuck])];
  });
}

function casesOf(place: ZmtpPlace): ConformanceCase[] {
  return [
    { name: `ws:// to ${place.name}: REQ asks REP, all sizes`, run: () => asks(place) },
    { name: `ws:// to ${place.name}: DEALER and ROUTER, ${FLOOD} messages in order`, run: () => floods(place) },
    { name: `ws:// to ${place.name}: SUB and XPUB`, run: () => subscribes(place) },
  ];
}
