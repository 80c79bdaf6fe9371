import { h, type JSX } from "preact";
import type { Inspector } from "../state/inspector.ts";

export function ProblemList({ page }: { readonly page: Inspector }): JSX.Element {
  return h("p", { class: "said" }, String(page.state.tab));
}
