/** Starts the page. */
import { h, render } from "preact";
import { pageActions } from "./state/actions.ts";
import { openFromAddress } from "./state/address.ts";
import { Inspector } from "./state/inspector.ts";
import { App } from "./view/app.ts";
import type { ZstdPlace } from "./worker/zstd_start.ts";
import { WorkerClient } from "./worker_client.ts";

/** The page as one file carries its worker and the zstd decoder in elements of their own; served, they are files beside it. */
function carried(id: string): string | undefined {
  return document.getElementById(id)?.textContent ?? undefined;
}

function startWorker(): Worker {
  const source = carried("worker-source");
  if (source === undefined) return new Worker("worker.js", { type: "module" });
  return new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
}

function zstdPlace(): ZstdPlace {
  const [script, text] = [carried("zstd-source"), carried("zstd-wasm")];
  if (script === undefined || text === undefined) {
    return { type: "served", wasm: new URL("zstd.wasm", location.href).href };
  }
  const wasm = Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
  return { type: "carried", script, wasm };
}

const page = new Inspector(new WorkerClient(startWorker(), zstdPlace()));
const actions = pageActions(page);
render(h(App, { page, actions }), document.getElementById("app")!);
openFromAddress(page).catch((error) => page.failed(error));
if ("serviceWorker" in navigator && location.protocol.startsWith("http") && carried("worker-source") === undefined) {
  // Without one the page works as well, only not offline.
  navigator.serviceWorker.register("service_worker.js").catch(() => {});
}
