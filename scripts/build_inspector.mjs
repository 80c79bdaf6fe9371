// Builds the inspector: dist/inspector.html (one file, opens from disk) and dist/inspector/ (served, works offline).
// node scripts/build_inspector.mjs [FOLDER]
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
/**
 * What the served page may fetch, compressed, until it shows a capture: page, style, script and worker. The zstd decoder, and the
 * sessions that a replay runs, come when they are asked for.
 */
export const maxPageGzipBytes = 120_000;
/** What the page as one file may weigh without the zstd decoder: it has nowhere to fetch a replay's sessions from. Only to be lowered. */
export const maxOneFileGzipBytes = 128_000;

const gzipBytes = (content) => gzipSync(content, { level: 9 }).length;
const sha256 = (text) => createHash("sha256").update(text).digest("base64");

/**
 * Sessions that are fed bytes right behind a handshake are for conformance and fuzzing; the page feeds captures to those of a
 * replay, and would carry these for nothing.
 */
const withoutOpenSessions = {
  name: "without-open-sessions",
  load: (id) => (id.endsWith("/open_sessions.ts") ? "export const openSessions = undefined;" : null),
};

/**
 * One file has nothing to fetch later: what is imported late is imported like the rest, without code that puts it off. The zstd
 * library is carried beside the worker, not in it.
 */
const withoutLateImports = {
  name: "without-late-imports",
  load: (id) => (id.endsWith("/zstd_library.ts") ? "export {};" : null),
  transform: (code) => {
    const late = [...code.matchAll(/await import\(("[^"]+")\)/g)];
    if (late.length === 0) return null;
    const imports = late.map(([, path], i) => `import * as late${i} from ${path};`);
    return late.reduce((text, [expression], i) => text.replace(expression, `late${i}`), `${imports.join("")}${code}`);
  },
};

/** Rolldown's minifier leaves some 3 % less than esbuild's. */
async function scriptsOf(entry, output, plugins = []) {
  const bundle = await rolldown({
    cwd: root,
    input: entry,
    platform: "browser",
    plugins: [withoutOpenSessions, ...plugins],
    // No getter here does more than give a value.
    treeshake: { propertyReadSideEffects: false, unknownGlobalSideEffects: false },
    optimization: { inlineConst: { mode: "all", pass: 3 } },
    // Fields that are only declared need no code: constructors set them.
    tsconfig: false,
    transform: {
      target: "es2022",
      typescript: { removeClassFieldsWithoutInitializer: true },
      // The zstd decoder's library makes a default address of it, which is not used; a plain script has none.
      define: { "import.meta.url": '"file:///"' },
    },
    onLog: (level, log) => {
      if (level === "warn") throw new Error(log.message);
    },
  });
  const made = await bundle.generate({ minify: true, comments: false, ...output });
  await bundle.close();
  // Inside of an element this would end it.
  return made.output.map(({ fileName, code, imports }) => {
    return { name: fileName, imports, code: code.trim().replaceAll("</script", "<\\/script") };
  });
}

/** One plain script with everything in it. */
async function scriptOf(entry, plugins = [], output = {}) {
  const [{ code }] = await scriptsOf(entry, { format: "iife", ...output }, plugins);
  return code;
}

/** The worker as modules: what it only imports when it is asked for is a file of its own, fetched then. */
async function workerModules() {
  const names = { entryFileNames: "[name].js", chunkFileNames: "[name].js" };
  return scriptsOf("web/worker/worker.ts", { format: "esm", ...names });
}

/** What a browser fetches to start the worker: its own file, and what that imports at once. */
function startModules(modules) {
  const wanted = ["worker.js"];
  // Grows while it is walked.
  for (const name of wanted) {
    const { imports } = modules.find((one) => one.name === name);
    wanted.push(...imports.filter((one) => !wanted.includes(one)));
  }
  return wanted;
}

async function styles() {
  const folder = join(root, "web/styles");
  const order = ["tokens", "base", "shell", "panes", "views", "sheets", "narrow"];
  const left = readdirSync(folder).filter((name) => !order.includes(name.replace(".css", "")));
  if (left.length > 0) throw new Error(`web/styles/${left.join(", ")}: not in the order of styles`);
  const files = order.map((name) => join(folder, `${name}.css`));
  const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const result = await bundle({ stdin: { contents: text, loader: "css" }, minify: true, write: false });
  return result.outputFiles[0].text.trim();
}

function zstdWasm() {
  const main = createRequire(import.meta.url).resolve("@bokuweb/zstd-wasm");
  return readFileSync(join(main.slice(0, main.lastIndexOf("zstd-wasm")), "zstd-wasm/dist/web/zstd.wasm"));
}

const page = (head, body) =>
  readFileSync(join(root, "web/index.html"), "utf8")
    .replace("<!--head-->", () => head)
    .replace("<!--body-->", () => body);

const policy = (content) => `<meta http-equiv="Content-Security-Policy" content="${content}">`;
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 10c2 0 2-4 4.500-4s2.500 4 4.500 4 2.500-4 5-4' fill='none' stroke='%2322988a' stroke-width='2'/%3E%3C/svg%3E";

/** One file. Its policy names its own script and style by hash; the worker is a Blob of what the file holds. */
function oneFile({ script, worker, style }, zstd) {
  const rules = [
    "default-src 'none'",
    `script-src 'sha256-${sha256(script)}' 'wasm-unsafe-eval' blob:`,
    "worker-src blob:",
    `style-src 'sha256-${sha256(style)}'`,
    "img-src data:",
    "connect-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const head = `${policy(rules.join("; "))}\n<link rel="icon" href="${icon}">\n<style>${style}</style>`;
  const body = [
    `<script type="text/plain" id="worker-source">${worker}</script>`,
    `<script type="text/plain" id="zstd-source">${zstd.script}</script>`,
    `<script type="text/plain" id="zstd-wasm">${zstd.wasm.toString("base64")}</script>`,
    `<script>${script}</script>`,
  ];
  return page(head, body.join("\n"));
}

function servedPage() {
  const rules = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self' blob:",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  const links = `<link rel="icon" href="icon.svg">\n<link rel="manifest" href="inspector.webmanifest">\n<link rel="stylesheet" href="inspector.css">`;
  return page(`${policy(rules.join("; "))}\n${links}`, '<script src="inspector.js"></script>');
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A specification as a page whose headings have the anchors that problems point to. */
function specPage(markdown) {
  const anchor = (heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");
  const lines = markdown.split("\n").map((line) => {
    const [, marks, heading] = /^(#+) (.*)$/.exec(line) ?? [];
    const level = marks?.length;
    return level === undefined ? escaped(line) : `<h${level} id="${anchor(heading)}">${escaped(heading)}</h${level}>`;
  });
  const style =
    "body{font:15px/1.5 ui-monospace,monospace;max-width:110ch;margin:2rem auto;padding:0 1rem;white-space:pre-wrap}";
  const head = `<meta charset="utf-8">${policy("default-src 'none'; style-src 'unsafe-inline'")}<meta name="viewport" content="width=device-width">`;
  const title = escaped(markdown.split("\n", 1)[0].replace(/^# /, ""));
  return `<!doctype html><html lang="en">${head}<meta name="color-scheme" content="light dark"><title>${title}</title><style>${style}</style><body>${lines.join("\n")}</body></html>`;
}

/** `spec_NAME.html` for each protocol that has a specification. */
function specPages() {
  const folder = join(root, "src/protocols");
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "SPEC.md")));
  return Object.fromEntries(
    names.map((name) => [`spec_${name}.html`, specPage(readFileSync(join(folder, name, "SPEC.md"), "utf8"))]),
  );
}

const manifest = {
  name: "Tidewire inspector",
  short_name: "Tidewire",
  start_url: "./",
  display: "standalone",
  background_color: "#10161a",
  theme_color: "#10161a",
  icons: [{ src: "icon.svg", sizes: "any", type: "image/svg+xml" }],
};

/**
 * Builds both forms into a folder.
 *
 * @param {string} folder
 * @returns {Promise<{ pageGzipBytes: number, oneFileGzipBytes: number, zstdGzipBytes: number, oneFileBytes: number }>}
 */
export async function buildInspector(folder) {
  const [script, worker, modules, zstdScript, style, serviceWorker] = await Promise.all([
    scriptOf("web/main.ts"),
    scriptOf("web/worker/worker.ts", [withoutLateImports]),
    workerModules(),
    scriptOf("web/worker/zstd_library.ts", [], { name: "zstdLibrary" }),
    styles(),
    scriptOf("web/service_worker.ts"),
  ]);
  const zstd = { script: zstdScript, wasm: zstdWasm() };
  const served = join(folder, "inspector");
  mkdirSync(served, { recursive: true });
  const files = {
    "index.html": servedPage(),
    "inspector.js": script,
    ...Object.fromEntries(modules.map(({ name, code }) => [name, code])),
    "inspector.css": style,
    "zstd.wasm": zstd.wasm,
    "inspector.webmanifest": JSON.stringify(manifest),
    ...specPages(),
    "icon.svg": decodeURIComponent(icon.slice(icon.indexOf(",") + 1)).replaceAll("'", '"'),
  };
  // The worker that serves offline has to be another one whenever any of the files is.
  const version = createHash("sha256");
  for (const content of Object.values(files)) version.update(content);
  const named = serviceWorker
    .replace("__VERSION__", version.digest("hex").slice(0, 16))
    .replace("__MODULES__", modules.map(({ name }) => name).join(" "));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(served, name), content);
  writeFileSync(join(served, "service_worker.js"), named);
  const whole = oneFile({ script, worker, style }, zstd);
  writeFileSync(join(folder, "inspector.html"), whole);
  const light = oneFile({ script, worker, style }, { script: "", wasm: Buffer.alloc(0) });
  return {
    pageGzipBytes: ["index.html", "inspector.css", "inspector.js", ...startModules(modules)].reduce(
      (sum, name) => sum + gzipBytes(files[name]),
      0,
    ),
    oneFileGzipBytes: gzipBytes(light),
    zstdGzipBytes: gzipBytes(Buffer.concat([Buffer.from(zstd.script), zstd.wasm])),
    oneFileBytes: whole.length,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { pageGzipBytes, oneFileGzipBytes, zstdGzipBytes, oneFileBytes } = await buildInspector(
    process.argv[2] ?? join(root, "dist"),
  );
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  console.log(
    `inspector: ${kB(pageGzipBytes)} gzip of ${kB(maxPageGzipBytes)}, as one file ${kB(oneFileGzipBytes)} gzip of ${kB(maxOneFileGzipBytes)}; ` +
      `zstd decoder ${kB(zstdGzipBytes)} gzip; dist/inspector.html ${kB(oneFileBytes)}`,
  );
  // What can be built is built; a test holds it to its size.
  if (pageGzipBytes > maxPageGzipBytes || oneFileGzipBytes > maxOneFileGzipBytes)
    console.error("the inspector is larger than it may be");
}
