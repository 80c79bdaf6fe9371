import * as zmtp from "../../../src/browser/zmtp/mod.ts";
import { assertEqual, assertSameBytes } from "../../conformance/assert.ts";
import type { ConformanceCase } from "../../conformance/case.ts";

/** Where servers of one make are bound. */
export interface ZmtpPlace {
  readonly name: string;
  /** REP and ROUTER send back whatever comes. */
  readonly reply: string;
  readonly router: string;
  /** XPUB answers a subscription to "T" with the message "T-topic", "news". */
  readonly publisher: string;
}

const BODY_BYTES = [0, 1, 255, 256, 65_535, 65_536, 1_048_576];
const FLOOD = 5_000;
/** Nobody who works takes so long. */
const PATIENCE = { timeoutMs: 20_000 };

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function asks({ reply }: ZmtpPlace): Promise<void> {
  await using request = new zmtp.Request({ linger: 0 });
  request.connect(reply);
  for (const size of BODY_BYTES) {
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
  assertEqual((await subscriber.receive(PATIENCE)).map(text), ["a-topic", "news"], "what matches");
}

/** Sockets of the page with servers over `ws://`. */
export function zmtpCases(places: readonly ZmtpPlace[]): ConformanceCase[] {
  return places.flatMap((place) => [
    { name: `ws:// to ${place.name}: REQ asks REP, all sizes`, run: () => asks(place) },
    { name: `ws:// to ${place.name}: DEALER and ROUTER, ${FLOOD} messages in order`, run: () => floods(place) },
    { name: `ws:// to ${place.name}: SUB and XPUB`, run: () => subscribes(place) },
  ]);
}
