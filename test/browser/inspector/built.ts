import { build } from "../../../scripts/build.mjs";
import { findChromium } from "../../../scripts/find_chromium.mjs";

/** Before any test: the page is built, and Chromium is unpacked once. */
export async function setup(): Promise<void> {
  build();
  await findChromium(console.log);
}
