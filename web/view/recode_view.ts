import { h, type JSX } from "preact";
import type { Inspector } from "../state/inspector.ts";
import type { ReencodingView } from "../worker_messages.ts";
import { hexOffset } from "./format.ts";
import { useCall } from "./use_call.ts";

/** Differences that are written out. */
const SHOWN_DIFFERENCES = 32;
/** Bytes of one difference that are written out. */
const SHOWN_BYTES = 24;

/** Whether the sender wrote the frame as this code does. */
export function RecodeView({ page }: { readonly page: Inspector }): JSX.Element {
  const { current, row } = page.state;
  const ask = current === undefined || row < 0 ? undefined : { capture: current, row };
  const { answer, failure, isBusy } = useCall(page, "reencode", `${current} ${row}`, ask);
  const show = (bytesOf: ReencodingView["of"], start: number): void => {
    page.set({ bytesOf });
    page.selectByte(start, false);
  };
  if (failure !== "") return h("p", { class: "said" }, failure);
  if (answer === undefined) return h("p", { class: "said" }, isBusy ? "Encoding…" : "Select a frame.");
  return h(
    "div",
    { class: "scroll cards", tabIndex: 0, role: "region", "aria-label": "Re-encoded" },
    answer.map((one) =>
      h(Reencoded, {
        key: one.of,
        one,
        onShow: (start) => show(one.of, start),
      }),
    ),
  );
}

function Reencoded({ one, onShow }: { readonly one: ReencodingView; onShow(start: number): void }): JSX.Element {
  const { of, isCanonical, found, canonical, differences } = one;
  const title = of === "frame" ? "The frame" : "The content";
  return h(
    "article",
    { class: `problem ${isCanonical ? "" : "note"}` },
    h("h2", null, isCanonical ? `${title} is canonical` : `${title} is written differently`),
    h("p", null, `${found.length} bytes found, ${canonical.length} bytes written by this code for the same values.`),
    differences.length === 0
      ? null
      : h(
          "ol",
          { class: "differences" },
          differences
            .slice(0, SHOWN_DIFFERENCES)
            .map((one) =>
              h(
                "li",
                { key: one.found.start },
                h(
                  "button",
                  { type: "button", class: "plain link", onClick: () => onShow(one.found.start) },
                  hexOffset(one.found.start),
                ),
                h(
                  "code",
                  null,
                  h("del", null, digits(found, one.found)),
                  " → ",
                  h("ins", null, digits(canonical, one.canonical)),
                ),
              ),
            ),
          differences.length > SHOWN_DIFFERENCES
            ? h("li", { class: "quiet" }, `${differences.length - SHOWN_DIFFERENCES} more`)
            : null,
        ),
  );
}

function digits(bytes: Uint8Array, { start, end }: { readonly start: number; readonly end: number }): string {
  const part = Array.from(bytes.subarray(start, Math.min(end, start + SHOWN_BYTES)), (value) =>
    value.toString(16).padStart(2, "0"),
  );
  return `${part.join(" ") || "nothing"}${end - start > SHOWN_BYTES ? " …" : ""}`;
}
