import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFilter } from "../../src/inspect/filter.ts";
import { completeFilter } from "../../src/inspect/filter_complete.ts";
import { COLUMN_FIELDS, filterFields } from "../../src/inspect/filter_fields.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";

const FIELDS = filterFields([SNAPSHOT_PROTOCOL], { agentIds: ["db-1", "web 2"] });

describe("completeFilter", () => {
  const texts = (text: string, cursor = text.length): string[] =>
    completeFilter(text, cursor, FIELDS).candidates.map((one) => one.text);

  it("offers fields at the start and behind what joins conditions", () => {
    for (const text of ["", "error && ", "error || !(", "any("]) expect(texts(text)).toContain("type");
    expect(texts("pay").every((one) => one.includes("pay"))).toBe(true);
    expect(texts("cputo")).toEqual(["payload.cpuTotalPct"]);
  });

  it("offers what fits the field", () => {
    expect(texts("type ")).toEqual(["==", "!=", "in", "~", "!~", "contains", "exists", "&&", "||"]);
    expect(texts("type == ")).toContain("snapshot");
    expect(texts("type == sna")).toEqual(["snapshot"]);
    expect(texts("type in (ack, hand")).toEqual(["handshake", "handshakeAck"]);
    expect(texts("agentId == ")).toEqual(["db-1", '"web 2"']);
    expect(texts('agentId == "we')).toEqual(['"web 2"']);
    expect(texts("error == CRC")).toEqual(["CRC_MISMATCH"]);
    expect(texts("type == ack ")).toEqual(["&&", "||", ")"]);
    expect(texts("type in (ack ")).toEqual([",", ")"]);
  });

  it("replaces the word that the cursor stands in", () => {
    const { start, end, candidates } = completeFilter("type == sna && error", 10, FIELDS);
    expect([start, end, candidates[0]?.text]).toEqual([8, 11, "snapshot"]);
    expect(completeFilter('agentId == "we', 14, FIELDS)).toMatchObject({ start: 11, end: 14 });
  });

  it("offers only what the language understands so far", () => {
    const starts = [
      "",
      "type ",
      "type == ",
      "size > ",
      "time >= ",
      "type in (",
      "type in (ack ",
      "error && ",
      "messageId ~ ",
      "(error ",
    ];
    for (const text of starts) {
      for (const { text: candidate } of completeFilter(text, text.length, FIELDS).candidates) {
        const result = parseFilter(text + candidate, FIELDS);
        // What is still missing is missed at the end.
        if (!result.ok)
          expect(`${text}${candidate}: ${result.error.at}`).toBe(`${text}${candidate}: ${(text + candidate).length}`);
      }
    }
  });

  it("explains each candidate", () => {
    for (const text of ["", "type ", "size > "]) {
      expect(completeFilter(text, text.length, FIELDS).candidates.every(({ doc }) => doc.length > 1)).toBe(true);
    }
  });

  it("has a place to write to in any text", () => {
    const word = fc.constantFrom(
      "type",
      "==",
      "&&",
      "(",
      ")",
      "any(",
      '"',
      "ack",
      "in",
      ",",
      " ",
      "payload.processes.pid",
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
    );
    fc.assert(
      fc.property(texts, fc.nat(40), (text, place) => {
        const cursor = Math.min(place, text.length);
        const { start, end } = completeFilter(text, cursor, FIELDS);
        expect(start >= 0 && start <= cursor && cursor <= end && end <= text.length).toBe(true);
      }),
      { seed: 47, numRuns: 1_000 },
    );
  });
});

describe("docs/filter.md", () => {
  const text = readFileSync(fileURLToPath(new URL("../../docs/filter.md", import.meta.url)), "utf8");
  const examples = /```filter\n(.*?)```/s.exec(text)![1]!.trim().split("\n");

  it.each(examples)("%s is a filter", (example) => {
    expect(parseFilter(example, FIELDS)).toMatchObject({ ok: true });
  });

  it("names every field of the index", () => {
    for (const { name } of COLUMN_FIELDS) expect(text).toContain(`\`${name}\``);
  });
});
