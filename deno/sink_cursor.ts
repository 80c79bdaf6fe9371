import type { StorePosition } from "./store_reader.ts";

const NAME = ".otlp-cursor.json";
const FILE_MODE = 0o600;

/** Where a sink is in a store's folder, kept there over its restarts. */
export class SinkCursor {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = `${folder}/${NAME}`;
  }

  /** Nothing when there is none yet. @throws Error when the file is there and is no cursor */
  async load(): Promise<StorePosition | undefined> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const { file, offset } = JSON.parse(text);
    if (typeof file === "string" && Number.isSafeInteger(offset) && offset >= 0) return { file, offset };
    throw new Error(`${this.#path} is no cursor; remove it to begin with the oldest file`);
  }

  /** Whole or not at all; a crash of the machine may bring back an older one, and what is behind it goes out again. */
  async save(position: StorePosition): Promise<void> {
    const draft = `${this.#path}.new`;
    await Deno.writeTextFile(draft, `${JSON.stringify(position)}\n`, { mode: FILE_MODE });
    await Deno.rename(draft, this.#path);
  }
}
