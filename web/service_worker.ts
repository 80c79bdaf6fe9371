/** Keeps the page's own files, so that it opens without a network. Captures, and what a server says, are never kept. */

/** The part of a service worker's global that is used here; the DOM's own types have a window's. */
interface ServiceWorkerScope {
  addEventListener(type: string, listener: (event: ServiceWorkerEvent) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: { readonly href: string };
}

interface ServiceWorkerEvent {
  readonly request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

const scope = self as unknown as ServiceWorkerScope;
/** Written by the build: another one whenever a file is another. */
const CACHE = "tidewire-inspector-__VERSION__";
/** The modules of the worker by name, written by the build as well. */
const MODULES = "__MODULES__";
const FILES: readonly string[] = [
  "./",
  "inspector.js",
  "inspector.css",
  "zstd.wasm",
  "inspector.webmanifest",
  "icon.svg",
  ...MODULES.split(" "),
];
const ADDRESSES: ReadonlySet<string> = new Set(FILES.map((file) => new URL(file, scope.location.href).pathname));

scope.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.slice()))
      .then(() => scope.skipWaiting()),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== new URL(scope.location.href).origin || !ADDRESSES.has(pathname))
    return;
  event.respondWith(answer(event.request, pathname));
});

/** The server's file while it can be had: a page that is open with a newer server must decode with the newer core. */
async function answer(request: Request, pathname: string): Promise<Response> {
  try {
    const fresh = await fetch(request);
    if (fresh.ok) await (await caches.open(CACHE)).put(pathname, fresh.clone());
    return fresh;
  } catch (error) {
    const kept = await caches.match(pathname);
    if (kept === undefined) throw error;
    return kept;
  }
}
