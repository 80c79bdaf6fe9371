import { type FileHandle, open } from "node:fs/promises";
import { encodeCommand } from "../../protocols/zmtp/commands.ts";
import { encodeMessage } from "../../protocols/zmtp/encode_message.ts";
import { encodeGreeting } from "../../protocols/zmtp/greeting.ts";
import { encodeMetadata } from "../../protocols/zmtp/metadata.ts";
import { COMPATIBLE_TYPES, type SocketType } from "../../protocols/zmtp/socket_type.ts";

/** Messages saved as the ZMTP stream that a peer without security would have sent: `tidewire dump` and the inspector read it. */
export class StreamFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * A new file, begun with a greeting and a READY.
   *
   * @param own the type of the socket that receives: the stream is of one that it may talk to
   */
  static async create(path: string, own: SocketType): Promise<StreamFile> {
    const file = await open(path, "w");
    const type = { name: "Socket-Type", value: new TextEncoder().encode(COMPATIBLE_TYPES[own][0]!) };
    const ready = encodeCommand("READY", encodeMetadata([type]));
    // A command of less than 256 octets (zmtp §1.2).
    await file.write(Buffer.concat([encodeGreeting("NULL", 0), Uint8Array.of(4, ready.length), ready]));
    return new StreamFile(file);
  }

  async add(message: readonly Uint8Array[]): Promise<void> {
    for (const chunk of encodeMessage(message, "zmtp").chunks) await this.#file.write(chunk);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
