// Makes a picture of a page small: at most 256 colours, one byte a pixel, compressed as well as zlib can.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const maxColours = 256;

function chunksOf(png) {
  const chunks = [];
  for (let at = signature.length; at < png.length; ) {
    const bytes = png.readUInt32BE(at);
    chunks.push({ type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + bytes) });
    at += 12 + bytes;
  }
  return chunks;
}

// png §9.4
function paeth(left, above, corner) {
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [guess - left, guess - above, guess - corner].map(Math.abs);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** The pixels of a picture as Chromium writes them: 8 bits a channel, not interlaced. */
function pixelsOf(png) {
  const chunks = chunksOf(png);
  const header = chunks[0].data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  // png §11.2.1: colour type 2 is RGB, 6 RGBA.
  const channels = { 2: 3, 6: 4 }[header[9]];
  if (header[8] !== 8 || channels === undefined || header[12] !== 0) throw new Error("a PNG of another kind");
  const raw = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data)));
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= channels ? pixels[at - channels] : 0;
      const above = y > 0 ? pixels[at - stride] : 0;
      const corner = x >= channels && y > 0 ? pixels[at - stride - channels] : 0;
      const guess = [0, left, above, (left + above) >> 1, filter === 4 ? paeth(left, above, corner) : 0][filter];
      pixels[at] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return { width, height, channels, pixels };
}

/** How far apart two colours are, each as 0xrrggbb. */
function distance(one, other) {
  const parts = [16, 8, 0].map((shift) => ((one >> shift) & 255) - ((other >> shift) & 255));
  return parts.reduce((sum, part) => sum + part * part, 0);
}

/** The number of each pixel's colour among the 256 that are met most; every other one is that which is nearest to it. */
function withPalette({ width, height, channels, pixels }) {
  const colourAt = (at) => pixels.readUIntBE(at * channels, 3);
  const met = new Map();
  for (let at = 0; at < width * height; at++) met.set(colourAt(at), (met.get(colourAt(at)) ?? 0) + 1);
  const byCount = [...met].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const colours = byCount.slice(0, maxColours);
  const numbers = new Map(colours.map((colour, number) => [colour, number]));
  for (const colour of byCount.slice(maxColours)) {
    const far = colours.map((one) => distance(one, colour));
    numbers.set(colour, far.indexOf(Math.min(...far)));
  }
  const lines = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < width * height; at++) lines[Math.floor(at / width) + 1 + at] = numbers.get(colourAt(at));
  return { lines, colours };
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(named.length + 8);
  out.writeUInt32BE(data.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc32(named), named.length + 4);
  return out;
}

/**
 * Writes a screenshot anew with a palette.
 *
 * @param {Buffer} png as Chromium made it
 * @returns {Buffer}
 */
export function smallPng(png) {
  const picture = pixelsOf(png);
  const { lines, colours } = withPalette(picture);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(picture.width, 0);
  header.writeUInt32BE(picture.height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const palette = Buffer.from(colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const data = deflateSync(lines, { level: 9 });
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("PLTE", palette),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
