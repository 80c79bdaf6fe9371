import { h, type JSX } from "preact";
import type { ChecksumView, ProblemView } from "../worker_messages.ts";
import { Mark } from "./mark.ts";

/** Where the specifications are read: beside the served page; the one file has them in the folder that is built with it. */
const SPEC_FOLDER = document.getElementById("worker-source") === null ? "" : "inspector/";

/** `src/protocols/snapshot/SPEC.md#1-frame` as the build lays it down. */
function specPage(href: string): string {
  return SPEC_FOLDER + href.replace(/^src\/protocols\/([a-z_]+)\/SPEC\.md/, "spec_$1.html");
}

/** One problem in full: what was found, expected, done about it, and where the rule stands. */
export function ProblemCard({ problem, onGo }: { readonly problem: ProblemView; onGo?(): void }): JSX.Element {
  const { severity, code, title, found, expected, receiver, section, href, resumed } = problem;
  const line = (name: string, text: string): JSX.Element | null =>
    text === "" ? null : h("div", { class: "fact" }, h("dt", null, name), h("dd", null, text));
  const place =
    section === ""
      ? null
      : href === undefined
        ? section
        : h("a", { href: specPage(href), target: "_blank", rel: "noreferrer" }, `${section} of the specification`);
  return h(
    "article",
    { class: `problem ${severity}` },
    h(
      "h2",
      null,
      h(Mark, { severity }),
      h("span", null, title),
      h("code", { class: "quiet" }, code),
      onGo === undefined
        ? null
        : h("button", { type: "button", class: "plain", onClick: onGo }, `frame ${problem.row}`),
    ),
    h(
      "dl",
      null,
      line("found", found),
      line("expected", expected),
      line("receiver", receiver),
      line("reading", resumed),
      place === null ? null : h("div", { class: "fact" }, h("dt", null, "rule"), h("dd", null, place)),
    ),
  );
}

export interface ChecksumCardProps {
  readonly checksum: ChecksumView;
  onShow(start: number): void;
  /** Flips the bit in the editor. */
  onRepair?(): void;
}

/** Stored against computed CRC, what it covers, and the bit that would make it right. */
export function ChecksumCard({ checksum, onShow, onRepair }: ChecksumCardProps): JSX.Element {
  const { start, end, stored, computed, isRight, repair } = checksum;
  return h(
    "article",
    { class: `problem checksum ${isRight ? "" : "error"}` },
    h(
      "h2",
      null,
      h(Mark, { severity: isRight ? undefined : "error" }),
      isRight ? "The CRC-32 holds" : "The CRC-32 does not hold",
    ),
    h(
      "dl",
      null,
      h("div", { class: "fact" }, h("dt", null, "stored"), h("dd", null, h("code", null, stored))),
      h("div", { class: "fact" }, h("dt", null, "computed"), h("dd", null, h("code", null, computed))),
      h(
        "div",
        { class: "fact" },
        h("dt", null, "covers"),
        h(
          "dd",
          null,
          h(
            "button",
            { type: "button", class: "plain link", onClick: () => onShow(start) },
            `bytes ${start} to ${end}`,
          ),
        ),
      ),
      isRight
        ? null
        : h(
            "div",
            { class: "fact" },
            h("dt", null, "repair"),
            h(
              "dd",
              null,
              repair === undefined ? "no single bit explains it" : `${repair.text} `,
              repair === undefined
                ? null
                : h("button", { type: "button", onClick: () => onShow(repair.offset) }, "show byte"),
              repair === undefined || onRepair === undefined
                ? null
                : h("button", { type: "button", onClick: onRepair }, "flip it"),
            ),
          ),
    ),
  );
}
