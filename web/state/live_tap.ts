import { type TapChoice, TapClient, type TapListener } from "../tap_client.ts";
import { saveFile } from "./files.ts";
import type { Inspector } from "./inspector.ts";
import type { Live } from "./page_state.ts";

/** What the worker has not taken in yet: some seconds of a loud server. What comes beyond is left out and counted. */
const MAX_WAITING_BYTES = 8_388_608;
/** More than what a live capture holds at most. */
const MAX_SAVED_BYTES = 268_435_456;

const CLOSED: Live = {
  capture: undefined,
  state: "closed",
  said: "",
  needsToken: false,
  coreSha256: undefined,
  commandLines: "",
  isPaused: false,
  counts: {},
  leftOutBytes: 0,
};

/** The watch of a server that the page keeps: one at a time, into a capture of its own. */
export class LiveTap {
  readonly #page: Inspector;
  #client: TapClient | undefined;
  #current: TapListener | undefined;
  #waitingBytes = 0;

  constructor(page: Inspector) {
    this.#page = page;
  }

  /** Begins a watch; the one before ends. */
  async start(token: string, choice: TapChoice): Promise<void> {
    this.#client?.close();
    this.#waitingBytes = 0;
    this.#set({ ...CLOSED, state: "connecting" });
    const client = new TapClient(new URL("/tap", location.href), this.#listener());
    this.#client = client;
    await client.open(token, choice);
  }

  stop(): void {
    this.#client?.close();
  }

  choose(choice: TapChoice): void {
    this.#client?.choose(choice);
    this.#set({ said: "" });
  }

  /** The list stays where it is, and what comes in is kept all the same; or the list goes on from its end. */
  pause(isPaused: boolean): void {
    this.#set({ isPaused });
    const { capture } = this.#page;
    if (isPaused || capture === undefined || capture.capture !== this.#page.state.live?.capture) return;
    this.#page.selectPosition(capture.listRows - 1).catch((error) => this.#page.failed(error));
  }

  /** Hands over all that was watched, as a capture. */
  async save(): Promise<void> {
    const capture = this.#page.state.live?.capture;
    if (capture === undefined) return;
    const bytes = await this.#page.client.call("whole", { capture, maxBytes: MAX_SAVED_BYTES });
    if (bytes !== null) saveFile("live.tide", new Blob([bytes.slice()]));
  }

  #set(change: Partial<Live>): void {
    this.#page.set({ live: { ...(this.#page.state.live ?? CLOSED), ...change } });
  }

  /** Each watch has a listener of its own: what an older one says late is nobody's. */
  #listener(): TapListener {
    let opened: Promise<number | undefined> = Promise.resolve(undefined);
    const ifCurrent = (work: () => void): void => {
      if (listener === this.#current) work();
    };
    const listener: TapListener = {
      hello: ({ coreSha256, commandLines }) =>
        ifCurrent(() => {
          this.#set({ state: "open", coreSha256, commandLines });
          const format = { container: "stream", protocol: "snapshot" } as const;
          const name = `live ${new Date().toISOString().slice(11, 19)}`;
          opened = this.#page.open([{ name, format }]).then((capture) => {
            this.#set({ capture });
            return capture;
          });
        }),
      frames: (bytes) => ifCurrent(() => this.#append(opened, bytes)),
      counts: (counts) => ifCurrent(() => this.#set({ counts })),
      refused: (said) => ifCurrent(() => this.#set({ said })),
      closed: (said, needsToken) =>
        ifCurrent(() => this.#set({ state: needsToken ? "refused" : "closed", said, needsToken })),
    };
    this.#current = listener;
    return listener;
  }

  #append(opened: Promise<number | undefined>, bytes: Uint8Array): void {
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#set({ leftOutBytes: (this.#page.state.live?.leftOutBytes ?? 0) + bytes.length });
      return;
    }
    this.#waitingBytes += bytes.length;
    opened
      .then((capture) => (capture === undefined ? null : this.#page.client.call("append", { capture, bytes })))
      // A capture that was closed takes no more.
      .catch(() => {})
      .finally(() => {
        this.#waitingBytes -= bytes.length;
      });
  }
}
