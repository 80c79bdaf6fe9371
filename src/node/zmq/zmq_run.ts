import { createInterface } from "node:readline";
import { ProtocolError } from "../../core/protocol_error.ts";
import type { Message } from "../../protocols/zmtp/session_types.ts";
import { DuplexSocket } from "../../sockets/duplex_socket.ts";
import type { ReceivingSocket } from "../../sockets/receiving_socket.ts";
import type { SendingSocket } from "../../sockets/sending_socket.ts";
import { systemClock } from "../clock.ts";
import { type CommandIo, EXIT_FAILURE, EXIT_OK } from "../command.ts";
import { TextOutput } from "../text_output.ts";
import { messageJson, messageText, parseMessage } from "./message_lines.ts";
import type { ZmqRole, ZmqSocket } from "./open_zmq_socket.ts";
import { StreamFile } from "./stream_file.ts";
import type { ZmqSettings } from "./zmq_flags.ts";

/** A subscription is a message of one part that begins with 01 (zmtp §1.9). */
const SUBSCRIBED = 1;

/** One run of `tidewire zmq`: lines to messages, messages to lines. */
export class ZmqRun {
  readonly #socket: ZmqSocket;
  readonly #settings: ZmqSettings;
  readonly #io: CommandIo;
  readonly #output: TextOutput;
  #file: StreamFile | undefined;
  #printed = 0;
  #sent = 0;

  constructor(socket: ZmqSocket, settings: ZmqSettings, io: CommandIo) {
    this.#socket = socket;
    this.#settings = settings;
    this.#io = io;
    this.#output = new TextOutput(io.stdout);
  }

  /** @returns the exit code */
  async run(role: ZmqRole, stopped: AbortSignal): Promise<number> {
    const { save } = this.#settings;
    if (save !== undefined) this.#file = await StreamFile.create(save, this.#socket.type);
    try {
      await this.#open();
      await this.#work(role, stopped);
      return EXIT_OK;
    } catch (error) {
      if (stopped.aborted) return EXIT_OK;
      if (!(error instanceof ProtocolError)) throw error;
      this.#io.stderr.write(`tidewire: ${this.#reasonOf(error)}\n`);
      return EXIT_FAILURE;
    } finally {
      await this.#output.flush();
      await this.#socket.close(stopped.aborted ? { lingerMs: 0 } : {});
      await this.#file?.close();
    }
  }

  async #open(): Promise<void> {
    for (const url of this.#settings.urls) {
      if (!this.#settings.isBound) this.#socket.connect(url);
      else this.#io.stderr.write(`bound to ${await this.#socket.bind(url)}\n`);
    }
  }

  async #work(role: ZmqRole, stopped: AbortSignal): Promise<void> {
    const socket = this.#socket;
    if (role === "prints") return this.#print(socket as ReceivingSocket, stopped);
    if (role === "sends") return this.#send(socket as SendingSocket, stopped);
    const duplex = socket as DuplexSocket;
    if (role === "asks") return this.#ask(duplex, stopped);
    if (role === "answers") return this.#answer(duplex, stopped);
    if (role === "publishes") {
      await this.#firstSubscriber(duplex, stopped);
      return this.#send(duplex, stopped);
    }
    // Whoever comes first: the messages that were asked for, or the end of a side that has nothing to print.
    await Promise.all([this.#print(duplex, stopped), this.#send(duplex, stopped)]);
  }

  async #print(socket: ReceivingSocket | DuplexSocket, stopped: AbortSignal): Promise<void> {
    while (this.#printed < this.#settings.count) {
      for (const message of await this.#receive(socket, stopped)) await this.#show(message);
      await this.#output.flush();
    }
  }

  async #send(socket: SendingSocket, stopped: AbortSignal): Promise<void> {
    for await (const message of this.#lines(stopped)) {
      await socket.send(message, { signal: stopped, timeoutMs: this.#settings.timeoutMs });
      if (++this.#sent >= this.#settings.count && !(socket instanceof DuplexSocket)) return;
    }
  }

  async #ask(socket: DuplexSocket, stopped: AbortSignal): Promise<void> {
    for await (const message of this.#lines(stopped)) {
      await socket.send(message, { signal: stopped, timeoutMs: this.#settings.timeoutMs });
      await this.#show(await socket.receive({ signal: stopped, timeoutMs: this.#settings.timeoutMs }));
      await this.#output.flush();
      if (this.#printed >= this.#settings.count) return;
    }
  }

  async #answer(socket: DuplexSocket, stopped: AbortSignal): Promise<void> {
    const lines = this.#lines(stopped);
    while (this.#printed < this.#settings.count) {
      const request = await socket.receive({ signal: stopped, timeoutMs: this.#settings.timeoutMs });
      await this.#show(request);
      await this.#output.flush();
      const reply = this.#settings.echoes ? { done: false, value: request } : await lines.next();
      // No more lines: nobody would be answered any more.
      if (reply.done) return;
      await socket.send(reply.value as Message, { signal: stopped });
    }
  }

  async #firstSubscriber(socket: DuplexSocket, stopped: AbortSignal): Promise<void> {
    for (;;) {
      const [part] = await socket.receive({ signal: stopped, timeoutMs: this.#settings.timeoutMs });
      if (part?.[0] === SUBSCRIBED) return;
    }
  }

  #receive(socket: ReceivingSocket | DuplexSocket, stopped: AbortSignal): Promise<Message[]> {
    const left = this.#settings.count - this.#printed;
    const options = { signal: stopped, timeoutMs: this.#settings.timeoutMs };
    return socket.receiveBatch(Math.min(left, 1_000), options);
  }

  async #show(message: Message): Promise<void> {
    this.#printed++;
    await this.#output.print(this.#settings.isJson ? messageJson(message, systemClock.utcMs()) : messageText(message));
    await this.#file?.add(message);
  }

  async *#lines(stopped: AbortSignal): AsyncGenerator<(string | Uint8Array)[], undefined> {
    const lines = createInterface({ input: this.#io.stdin, crlfDelay: Number.POSITIVE_INFINITY, signal: stopped });
    for await (const line of lines) yield parseMessage(line, this.#settings.form);
    return undefined;
  }

  #reasonOf(error: ProtocolError): string {
    const { timeoutMs, urls, isBound } = this.#settings;
    if (error.code !== "sockets/timed-out") return error.message;
    const where = `${isBound ? "bound to" : "connected to"} ${urls.join(" ")}`;
    const who = this.#socket.peers === 0 ? "nobody was there" : "nothing came";
    return `${who} for ${timeoutMs} ms (${where})`;
  }
}
