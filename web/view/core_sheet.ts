import { h, type JSX } from "preact";
import { CORE_SHA256 } from "../../src/core/mod.ts";
import type { Inspector } from "../state/inspector.ts";
import { SheetFrame } from "./sheet.ts";

/** Which core decodes here, and whether a server has the same. */
export function CoreSheet({ page, onClose }: { readonly page: Inspector; onClose(): void }): JSX.Element {
  const { live } = page.state;
  const server = live?.coreSha256;
  return h(
    SheetFrame,
    { title: "The core that decodes", class: "core", onClose },
    h(
      "p",
      null,
      "This page decodes with the same WebAssembly module and the same decoders as agents and servers. Its SHA-256:",
    ),
    h("pre", { class: "sha", tabIndex: 0 }, CORE_SHA256),
    server === undefined
      ? h("p", { class: "quiet" }, "No server is connected to compare it with.")
      : h(
          "p",
          { class: server === CORE_SHA256 ? "" : "is-error" },
          server === CORE_SHA256
            ? "✓ The server that is connected has the same."
            : `✕ The server that is connected has another: ${server}`,
        ),
  );
}
