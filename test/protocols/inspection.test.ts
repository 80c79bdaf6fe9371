import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COLUMN_FIELDS } from "../../src/inspect/filter_fields.ts";
import { CaptureReader } from "../../src/inspect/mod.ts";
import { Timeline } from "../../src/inspect/timeline.ts";
import { CATALOGUE } from "../../src/protocols/catalogue.ts";
import type { FrameRow, ProtocolDefinition } from "../../src/protocols/definition.ts";
import { compressor } from "../inspect/read_capture.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

function rowsOf({ name }: ProtocolDefinition): FrameRow[] {
  const folder = `${root}fixtures/${name}/`;
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return files.flatMap((file) => JSON.parse(readFileSync(folder + file, "utf8")) as FrameRow[]);
}

/** Every path of a row, those of lists too. */
function pathsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item) => pathsOf(item, path))];
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === "" ? name : `${path}.${name}`));
}

describe.each(CATALOGUE.filter(({ inspection }) => inspection !== undefined))("inspection of $name", (definition) => {
  const inspection = definition.inspection!;
  const rows = rowsOf(definition).filter((row) => !Object.hasOwn(row, "error"));
  const paths = new Set(rows.flatMap((row) => pathsOf(row, "")));
  const columns = new Set(COLUMN_FIELDS.map(({ name }) => name));

  it("names every field that its rows have, and no other", () => {
    const named = inspection.fields.map(({ name }) => name);
    expect(new Set(named).size).toBe(named.length);
    expect(named.filter((name) => !paths.has(name))).toEqual([]);
    expect([...paths].filter((path) => !named.includes(path) && !columns.has(path))).toEqual([]);
  });

  // Messages of ZMTP have no ids, and nobody answers them.
  const isAnswered = inspection.marksOf !== undefined;

  if (!isAnswered) {
    it("knows no ids", () => {
      for (const row of rows) expect(inspection.idOf(row)).toBeUndefined();
    });
  } else {
    it("knows the id of each message, and who sends what", () => {
      for (const row of rows) {
        expect(inspection.idOf(row)?.length).toBeGreaterThan(0);
        if (["handshakeAck", "ack"].includes(row["type"] as string)) expect(inspection.isFromServer?.(row)).toBe(true);
        if (["handshake", "snapshot"].includes(row["type"] as string))
          expect(inspection.isFromServer?.(row)).toBe(false);
      }
    });

    it("has marks for what is sent and answered, and loads in the order of their windows", () => {
      const marks = rows.flatMap((row) => inspection.marksOf?.(row) ?? []);
      const types = new Set(marks.map(({ type }) => type));
      expect([...types].sort()).toEqual(["answered", "heartbeat", "load", "sent", "throttled"]);
      for (const mark of marks) {
        if (mark.type !== "load") continue;
        expect(mark.endMs).toBeGreaterThanOrEqual(mark.startMs);
        expect(mark.memUsedBytes).toBeLessThanOrEqual(mark.memTotalBytes);
      }
      const timeline = new Timeline(definition);
      rows.forEach((row, i) => {
        timeline.add(i, Number(row["timestampUtcMs"]), row);
      });
      expect(timeline.agents.length).toBeGreaterThan(0);
    });
  }

  it("names the bytes that an error of its reader is about, inside the frame", () => {
    const folder = `${root}fixtures/${definition.name}/`;
    for (const file of readdirSync(folder).filter((name) => /\.(tide|zmtp)$/.test(name))) {
      const bytes = new Uint8Array(readFileSync(folder + file));
      const reader = new CaptureReader(definition, { compressor });
      reader.push(bytes);
      reader.finish();
      for (let item = reader.next(); item !== undefined; item = reader.next()) {
        if (item.type !== "fault" || item.resumedBy !== "frame") continue;
        const frame = bytes.subarray(item.offset, item.endOffset);
        const range = inspection.rangeOf?.(frame, item.error) ?? { start: 0, end: 1 };
        expect(range.start < range.end && range.start >= 0 && range.end <= frame.length, file).toBe(true);
      }
    }
  });
});
