import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../../src/core/mod.ts";
import { bytesSource, CaptureIndexer, ROW_STATUS, readRow, recognise, rowSummary } from "../../../src/inspect/mod.ts";
import { problemsOfFault } from "../../../src/inspect/problems_of.ts";
import { EXPLANATIONS } from "../../../src/protocols/zmtp/explanations.ts";
import { ZMTP_PROTOCOL } from "../../../src/protocols/zmtp/protocol.ts";
import { MESSAGE_TYPES, ROW_FIELDS } from "../../../src/protocols/zmtp/row_fields.ts";
import { framesOf } from "../../conformance/frames_of.ts";
import { jsonValue } from "../../conformance/observe.ts";

const OPTIONS = { compressor: undefined };
const FOLDER = new URL("../../../fixtures/zmtp/", import.meta.url);
const NAMES = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".zmtp") ? [file.slice(0, -".zmtp".length)] : []));

const vector = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`${name}.zmtp`, FOLDER)));
const rowsOf = (name: string): { offset: number; type?: string; error?: string }[] =>
  JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));

function indexed(bytes: Uint8Array, container: "stream" | "pcapng" = "stream"): CaptureIndexer {
  const protocol = container === "stream" ? "zmtp" : undefined;
  const indexer = new CaptureIndexer({ container, protocol });
  indexer.push(bytes);
  indexer.finish();
  return indexer;
}

describe("captures of ZMTP", () => {
  it.each(NAMES)("%s: each row by itself is what it is in the whole", async (name) => {
    const bytes = vector(name);
    const { index } = indexed(bytes);
    const rows = rowsOf(name);
    expect(index.rows).toBe(rows.length);
    for (const [i, row] of rows.entries()) {
      const detail = await readRow({ source: bytesSource(name, bytes), index, options: OPTIONS }, i);
      expect(jsonValue(detail.row)).toEqual(row);
      if (row.error === undefined) expect(index.types[index.typeNumber(i)]).toBe(row.type);
      else expect(index.fault(i)?.errorName).toBe(row.error);
    }
  });

  it.each(NAMES)("%s: fields cover their frames without a gap, and rows have no others than were announced", (name) => {
    const reader = ZMTP_PROTOCOL.createReader(OPTIONS);
    for (const { bytes } of framesOf(ZMTP_PROTOCOL, vector(name))) {
      const covered = new Uint8Array(bytes.length);
      try {
        const row = reader.read(bytes, {
          open() {},
          close() {},
          field(_name, _value, offset, length) {
            expect(covered.subarray(offset, offset + length).every((times) => times === 0)).toBe(true);
            covered.fill(1, offset, offset + length);
          },
        });
        // HELLO's padding and the tail that a PONG's context has lost are no fields.
        const isPadded = row["type"] === "hello" && row["transientKey"] !== undefined;
        expect(covered.filter((times) => times === 0).length).toBe(isPadded ? 72 : 0);
        expect(MESSAGE_TYPES).toContain(row["type"]);
        const known = new Set(ROW_FIELDS.map((field) => field.name));
        expect(Object.keys(row).filter((key) => key !== "type" && !known.has(key))).toEqual([]);
        expect(rowSummary(row, ZMTP_PROTOCOL)).not.toContain("undefined");
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        expect(error.fatal).toBe(true);
      }
    }
  });

  it("groups the parts of messages", () => {
    const { index } = indexed(vector("push_messages"));
    expect(index.groups.map(({ partCount, completedBy, rows }) => [partCount, completedBy, rows.length])).toEqual([
      [2, 7, 2],
      [2, 9, 2],
      [17, 26, 17],
    ]);
    expect(index.status(6)).toBe(ROW_STATUS.part);
    expect(index.status(7)).toBe(ROW_STATUS.lastPart);
    expect(index.status(2)).toBe(ROW_STATUS.message);
  });

  it("is recognised by a greeting of which twelve octets are there, and by no other start", () => {
    const bytes = vector("push_messages");
    expect(recognise(bytes, bytes.length).chosen).toMatchObject({
      format: { container: "stream", protocol: "zmtp" },
      reason: "begins with the greeting of ZMTP 3.1, mechanism NULL",
    });
    expect(ZMTP_PROTOCOL.recognise!(bytes.subarray(0, 12))).toBe("begins with the greeting of ZMTP 3.1");
    for (const name of ["bad_old_revision_1", "bad_http", "bad_old_unversioned", "bad_old_long_identity"]) {
      expect(ZMTP_PROTOCOL.recognise!(vector(name)), name).toBeUndefined();
    }
    expect(ZMTP_PROTOCOL.recognise!(vector("bad_mechanism_small"))).toBeUndefined();
  });

  it("reads packet captures, whatever the ports", async () => {
    const bytes = new Uint8Array(readFileSync(new URL("../../../fixtures/captures/zmtp.pcapng", import.meta.url)));
    const { index } = indexed(bytes, "pcapng");
    expect(index.streams.map(({ definition }) => definition?.name)).toEqual(Array(6).fill("zmtp"));
    expect(index.faults).toEqual([]);
    // Parts of streams that are open at once are kept apart.
    expect(index.groups.map(({ partCount }) => partCount)).toEqual([2, 2, 2, 2, 2]);
    const source = bytesSource("", bytes);
    const summaries: string[] = [];
    for (let row = 0; row < index.rows; row++) {
      const detail = await readRow({ source, index, options: OPTIONS }, row);
      if (detail.row["type"] === "subscribe") summaries.push(rowSummary(detail.row, ZMTP_PROTOCOL));
      if (detail.row["message"] !== undefined) summaries.push(rowSummary(detail.row, ZMTP_PROTOCOL));
    }
    expect(summaries.map((line) => line.slice(0, 40))).toEqual([
      '2 parts, 8 octets: "two" "parts"',
      `2 parts, 2003 octets: "big" "${"z".repeat(11)}`,
      'topic "news."',
      '2 parts, 13 octets: "news.tide" "high"',
      '2 parts, 8 octets: "" "question"',
      '2 parts, 6 octets: "" "answer"',
    ]);
  });

  it("explains every fault of the vectors, and what is odd in them", () => {
    const codes = new Set(EXPLANATIONS.map(({ code }) => code));
    for (const name of NAMES)
      for (const { error } of rowsOf(name)) if (error !== undefined) expect(codes).toContain(error);
    const oddities = (name: string): string[] => {
      const reader = ZMTP_PROTOCOL.createReader(OPTIONS);
      const watch = ZMTP_PROTOCOL.inspection!.createWatch!();
      return framesOf(ZMTP_PROTOCOL, vector(name)).flatMap(({ bytes }) =>
        watch.take(bytes, reader.read(bytes)).map(({ code, range }) => {
          expect(codes).toContain(code);
          expect(range!.end).toBeLessThanOrEqual(bytes.length);
          expect(range!.start).toBeLessThanOrEqual(range!.end);
          return code;
        }),
      );
    };
    expect(oddities("push_messages")).toEqual([]);
    expect(oddities("greeting_4_9")).toEqual(["NEWER_VERSION"]);
    expect(oddities("greeting_as_server")).toEqual(["AS_SERVER_SET"]);
    expect(oddities("greeting_other_mechanism")[0]).toBe("OTHER_MECHANISM");
    expect(oddities("reserved_flags")).toEqual(["RESERVED_FLAGS", "RESERVED_FLAGS"]);
    expect(oddities("long_form")).toEqual(["LONG_FORM", "LONG_FORM"]);
    expect(oddities("more_on_command")).toEqual(["MORE_ON_COMMAND"]);
    expect(oddities("metadata_case")).toEqual(["SOCKET_TYPE_MISSING"]);
    expect(oddities("plain_server_denies")).toEqual(["ERROR_MESSAGE", "ERROR_WITHOUT_LENGTH"]);
    expect(oddities("ping_ttl")).toEqual(["TTL_TOO_LONG", "TTL_TOO_LONG"]);
    expect(oddities("pong_long_context")).toEqual(["CONTEXT_TOO_LONG"]);
    expect(oddities("curve_sealed_as_command")).toEqual(["SEALED_COMMAND"]);
    expect(oddities("unknown_commands")).toEqual(Array(5).fill("UNKNOWN_COMMAND"));
  });

  it("explains what no vector can show as well, once each", () => {
    const codes = EXPLANATIONS.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    const spec = readFileSync(new URL("../../../src/protocols/zmtp/SPEC.md", import.meta.url), "utf8");
    const anchors = new Set(
      [...spec.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, "")
          .replaceAll(" ", "-"),
      ),
    );
    for (const { spec: place, code } of EXPLANATIONS)
      expect.soft(anchors.has(place.anchor), `${code}: ${place.anchor}`).toBe(true);
  });

  it("tells of bytes that nothing was made of", () => {
    const bytes = vector("bad_length_2_63");
    const { index } = indexed(bytes);
    const fault = { ...index.fault(2)!, offset: index.offset(2), error: index.fault(2)!.error! };
    const problems = problemsOfFault(ZMTP_PROTOCOL, fault, bytes.subarray(fault.offset));
    expect(problems.map(({ code, severity, spec }) => [code, severity, spec?.section])).toEqual([
      ["FRAME_TOO_LARGE", "error", "§1.2"],
      ["SKIPPED_BYTES", "warning", "§5"],
    ]);
  });

  it("says where a fault stands", () => {
    const [greeting, ready] = framesOf(ZMTP_PROTOCOL, vector("bad_metadata_name_cut"));
    const reader = ZMTP_PROTOCOL.createReader(OPTIONS);
    reader.read(greeting!.bytes);
    try {
      reader.read(ready!.bytes);
      expect.unreachable();
    } catch (error) {
      const range = ZMTP_PROTOCOL.inspection!.rangeOf!(ready!.bytes, error as ProtocolError);
      expect(range).toEqual({ start: 2, end: ready!.bytes.length });
    }
  });
});
