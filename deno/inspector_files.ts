/** Where `npm run build` puts the page. */
const FOLDER: URL = new URL("../dist/inspector/", import.meta.url);
/** The page, its scripts, its styles and the zstd decoder; far more than that is some other folder. */
const MAX_FILES = 32;
const MAX_FILE_BYTES = 8 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json; charset=utf-8",
  webmanifest: "application/manifest+json",
  wasm: "application/wasm",
};

/** The files of the built inspector, in memory: they are small, and the server needs to look for no path that a request names. */
export class InspectorFiles {
  readonly #files = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }>();

  /** Reads the folder; without one, or without leave to read it, there are no files. */
  constructor(folder: URL = FOLDER) {
    try {
      for (const { name, isFile } of Deno.readDirSync(folder)) {
        const type = TYPES[name.split(".").at(-1)!];
        if (!isFile || type === undefined || this.#files.size === MAX_FILES) continue;
        const path = new URL(name, folder);
        if (Deno.statSync(path).size > MAX_FILE_BYTES) continue;
        this.#files.set(`/${name === "index.html" ? "" : name}`, { bytes: Deno.readFileSync(path), type });
      }
    } catch (error) {
      const isMissing = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
      if (!isMissing) throw error;
    }
  }

  /** Whether there is a page to show. */
  get isThere(): boolean {
    return this.#files.has("/");
  }

  /** The answer for a path, or nothing where no file is. */
  answer(pathname: string): Response | undefined {
    const file = this.#files.get(pathname);
    if (file === undefined) return undefined;
    // No frame of somebody else's page around it; what runs in it is settled by the page's own policy.
    const headers = {
      "content-type": file.type,
      "cache-control": "no-cache",
      "content-security-policy": "frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    };
    return new Response(file.bytes, { headers });
  }
}
