// Pictures of pages made small: a page has few colours, so a palette of 256 loses nothing an eye sees.

import { crc32, deflateSync, inflateSync } from "node:zlib";

/** The same picture with a palette. Takes what Chromium writes: 8 bits, RGB or RGBA, not interlaced. */
export function withPalette(png) {
  const { width, height, pixels } = read(png);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  // The commonest colours, but no two that nobody can tell apart: rare ones fill the places between.
  const palette = [];
  const common = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one));
  for (const apart of [48, 12, 0]) {
    for (const colour of common) {
      if (palette.length < 256 && palette.every((known) => distance(known, colour) > apart)) palette.push(colour);
    }
  }
  const place = new Map();
  const nearest = (colour) => {
    let best = 0;
    for (let at = 1; at < palette.length; at++) if (distance(palette[at], colour) < distance(palette[best], colour)) best = at;
    return best;
  };
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = pixels[y * width + x];
      if (!place.has(colour)) place.set(colour, nearest(colour));
      rows[y * (width + 1) + 1 + x] = place.get(colour);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const parts = [["IHDR", head], ["PLTE", colours], ["IDAT", deflateSync(rows, { level: 9, memLevel: 9 })], ["IEND", Buffer.alloc(0)]];
  return Buffer.concat([png.subarray(0, 8), ...parts.map(([name, body]) => chunk(name, body))]);
}

function distance(one, other) {
  const [r, g, b] = [16, 8, 0].map((by) => ((one >> by) & 255) - ((other >> by) & 255));
  return r * r + g * g + b * b;
}

function chunk(name, body) {
  const framed = Buffer.alloc(body.length + 12);
  framed.writeUInt32BE(body.length, 0);
  framed.write(name, 4, "latin1");
  body.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, body.length + 8)), body.length + 8);
  return framed;
}

function read(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const step = { 2: 3, 6: 4 }[png[25]];
  if (png[24] !== 8 || !step || png[28] !== 0) throw new Error("not a picture as Chromium writes it");
  const packed = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") packed.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(packed));
  const stride = width * step;
  let above = Buffer.alloc(stride);
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1);
    const line = raw.subarray(from + 1, from + 1 + stride);
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [x < step ? 0 : line[x - step], above[x], x < step ? 0 : above[x - step]];
      line[x] += [0, a, b, (a + b) >> 1, paeth(a, b, c)][raw[from]];
    }
    for (let x = 0; x < width; x++) pixels[y * width + x] = (line[x * step] << 16) | (line[x * step + 1] << 8) | line[x * step + 2];
    above = line;
  }
  return { width, height, pixels };
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}
