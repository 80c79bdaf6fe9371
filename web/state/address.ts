import { readPlace, unpackCapture } from "../place_link.ts";
import type { Inspector } from "./inspector.ts";

/** Opens what the page's address names: a capture that it carries, or one of the same origin, and the place in it. */
export async function openFromAddress(page: Inspector): Promise<void> {
  const { row, offset, packed } = readPlace(location.hash);
  const url = new URLSearchParams(location.search).get("url");
  if (packed !== undefined) {
    await page.open([{ name: "from the link", bytes: await captureOf(packed) }]);
  } else if (url !== null) {
    await page.open([{ name: url.split("/").at(-1) ?? url, blob: await fetchCapture(url) }]);
  } else {
    return;
  }
  await indexed(page);
  if (offset !== undefined) await page.goToOffset(offset);
  else if (row !== undefined) await page.goToRow(row);
}

/** Waits until the capture that is shown has been read to its end: before that its places are not known. */
function indexed(page: Inspector): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (page.capture === undefined || page.capture.isDone) resolve();
      else setTimeout(look, 50);
    };
    look();
  });
}

async function captureOf(packed: string): Promise<Uint8Array> {
  try {
    return await unpackCapture(packed);
  } catch (error) {
    throw new Error(`no capture can be read from this link: ${(error as Error).message}`);
  }
}

async function fetchCapture(address: string): Promise<Blob> {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin)
    throw new Error(`${url.origin} is another origin: captures are taken from this one only`);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: the server answered ${response.status}`);
  return response.blob();
}
