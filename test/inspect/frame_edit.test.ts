import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "../../src/core/mod.ts";
import { fieldBytes, parseFieldValue } from "../../src/inspect/field_bytes.ts";
import { fieldPaths, nodeAt } from "../../src/inspect/field_paths.ts";
import { type FieldEdit, setBytes, setField } from "../../src/inspect/frame_edit.ts";
import { probeFrame } from "../../src/inspect/frame_probe.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { SNAPSHOT_FRAMING } from "../../src/protocols/snapshot/wire.ts";
import { fieldNodesOf } from "./field_nodes.ts";
import { compressor, readCapture } from "./read_capture.ts";
import { VECTORS, vector } from "./vectors.ts";

const OPTIONS = { compressor };

function framesOf(name: string): Uint8Array[] {
  const { bytes } = vector(name);
  return readCapture(bytes).flatMap((item) =>
    item.type === "frame" ? [bytes.slice(item.offset, item.offset + item.frame.length)] : [],
  );
}

function edited(frame: Uint8Array, edit: Pick<FieldEdit, "path" | "value"> & Partial<FieldEdit>): Uint8Array {
  const whole = { how: "encode", checks: "recompute", ...edit } as const;
  return setField(SNAPSHOT_PROTOCOL, OPTIONS, { bytes: frame, fields: fieldNodesOf(frame) }, whole);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError && error.side === "local") return error.code;
    throw error;
  }
  return "nothing thrown";
}

const ACK = framesOf("ack_stored")[0]!;
const SNAPSHOT = framesOf("snapshot_top100")[0]!;
const ZSTD = framesOf("snapshot_zstd")[0]!;
const PART = framesOf("snapshot_segmented")[0]!;

describe("fieldPaths", () => {
  it("names groups that repeat by their index, and each path once", () => {
    const paths = fieldPaths(fieldNodesOf(SNAPSHOT));
    expect(paths).toContain("envelope.agentId");
    expect(paths).toContain("payload.process[2].name");
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("takes [0] as written or left out", () => {
    const nodes = fieldNodesOf(SNAPSHOT);
    expect(nodeAt(nodes, "envelope[0].agentId")?.name).toBe("agentId");
    expect(nodeAt(nodes, "payload.nothing")).toBeUndefined();
  });
});

describe("setField by encoding", () => {
  it("sets what the envelope and the payload say, and all that depends on it", () => {
    const frame = edited(ACK, { path: "envelope.agentId", value: "a much longer agent id" });
    expect(probeFrame(SNAPSHOT_FRAMING, frame, 0).status).toBe("ok");
    expect(frame.length).toBe(ACK.length + "a much longer agent id".length - "agent-01".length);
    const refused = edited(edited(frame, { path: "payload.status", value: 2 }), {
      path: "payload.errorCode",
      value: 9,
    });
    expect(readCapture(refused)[0]).toMatchObject({
      row: { agentId: "a much longer agent id", payload: { status: 2, errorCode: 9 } },
    });
  });

  it("keeps processes in rank, in a compressed snapshot too", () => {
    for (const frame of [SNAPSHOT, ZSTD]) {
      const last = fieldPaths(fieldNodesOf(frame)).findLast((path) => path.endsWith(".cpuPct"))!;
      const [item] = readCapture(edited(frame, { path: last, value: 99.5 }));
      expect(item).toMatchObject({ row: { payload: { processes: expect.anything() } } });
      const row =
        item!.type === "frame" ? (item!.row as unknown as { payload: { processes: { cpuPct: number }[] } }) : undefined;
      expect(row!.payload.processes[0]!.cpuPct).toBe(99.5);
    }
  });

  it("sets the header of a part, and not what the parts make together", () => {
    const [item] = readCapture(edited(PART, { path: "segment.totalBytes", value: 250_000 }));
    expect(item).toMatchObject({ row: { segment: { totalBytes: 250_000 } } });
  });

  it("refuses what the protocol forbids, what follows from other fields, and what does not fit", () => {
    const code = (path: string, value: FieldEdit["value"], frame = SNAPSHOT): string =>
      codeOf(() => edited(frame, { path, value }));
    expect(code("payload.cpuTotalPct", 101)).toBe("snapshot/payload-malformed");
    expect(code("payload.count", 3)).toBe("snapshot/field-not-encodable");
    expect(code("envelope.envelopeBytes", 3)).toBe("snapshot/field-not-encodable");
    expect(code("length", 3)).toBe("snapshot/field-not-encodable");
    expect(code("envelope.platform", 256)).toBe("inspect/value-out-of-range");
    expect(code("envelope.agentId", 7)).toBe("inspect/value-malformed");
    expect(code("envelope.messageId", new Uint8Array(3))).toBe("snapshot/field-not-encodable");
    expect(code("envelope.agentId", null)).toBe("snapshot/field-not-encodable");
    expect(code("payload.nothing", 1)).toBe("inspect/no-such-field");
    expect(code("payload", 1)).toBe("inspect/no-such-field");
    const { inspection: _, ...bare } = SNAPSHOT_PROTOCOL;
    const edit = { path: "length", value: 1, how: "encode", checks: "leave" } as const;
    expect(codeOf(() => setField(bare, OPTIONS, { bytes: ACK, fields: fieldNodesOf(ACK) }, edit))).toBe(
      "inspect/not-writable",
    );
  });

  it("leaves the checks wrong on purpose", () => {
    const frame = edited(ACK, { path: "payload.detail", value: "why", checks: "leave" });
    expect(frame.subarray(0, 8)).toEqual(ACK.subarray(0, 8));
    expect(probeFrame(SNAPSHOT_FRAMING, frame, 0).status).not.toBe("ok");
  });
});

describe("setField by patching", () => {
  const patch = (
    frame: Uint8Array,
    path: string,
    value: FieldEdit["value"],
    checks: FieldEdit["checks"] = "recompute",
  ) => edited(frame, { path, value, how: "patch", checks });

  it("writes what the encoder would not, with a CRC that holds", () => {
    const [nan, flag] = [patch(SNAPSHOT, "payload.cpuTotalPct", Number.NaN), patch(ACK, "envelope.flags", 4)];
    expect(readCapture(nan)[0]).toMatchObject({ errorName: "PAYLOAD_MALFORMED", resumedBy: "frame" });
    expect(readCapture(flag)[0]).toMatchObject({ errorName: "UNSUPPORTED_FLAG", resumedBy: "frame" });
  });

  it("leaves a patched length or CRC as it was written", () => {
    expect(new DataView(patch(ACK, "crc", 5).buffer).getUint32(4, true)).toBe(5);
    expect(new DataView(patch(ACK, "length", 7).buffer).getUint32(0, true)).toBe(7);
  });

  it("has no bytes for what was decompressed", () => {
    expect(codeOf(() => patch(ZSTD, "payload.cpuTotalPct", 1))).toBe("inspect/field-not-in-frame");
  });

  it("writing each field's own value changes nothing, in every frame of every good vector", () => {
    for (const { name, bytes } of VECTORS) {
      for (const item of readCapture(bytes)) {
        if (item.type !== "frame") continue;
        const frame = bytes.slice(item.offset, item.offset + item.frame.length);
        let nodes: ReturnType<typeof fieldNodesOf>;
        try {
          nodes = fieldNodesOf(frame);
        } catch {
          continue; // a part whose whole can't be read
        }
        for (const node of nodes) {
          if (node.type === "group" || node.value === null) continue;
          const own = fieldBytes(node, node.value as FieldEdit["value"]);
          if (node.of === "frame") expect(own, `${name} ${node.name}`).toEqual(frame.slice(node.start, node.end));
        }
      }
    }
  });

  it("what is written is what is read, whatever it is", () => {
    const nodes = fieldNodesOf(ACK);
    const paths = fieldPaths(nodes).filter((path) =>
      [
        "envelope.platform",
        "envelope.timestampUtcMs",
        "envelope.messageId",
        "envelope.versionMinor",
        "payload.ackedId",
      ].includes(path),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.uint8Array({ minLength: 16, maxLength: 16 }), (path, random) => {
        const { type } = nodeAt(nodes, path)!;
        const value =
          type === "bytes" ? random : type === "i64" ? new DataView(random.buffer).getBigInt64(0) : random[0]!;
        const frame = edited(ACK, { path, value, how: "patch" });
        const read = nodeAt(fieldNodesOf(frame), path)!.value;
        expect(typeof read === "number" && typeof value === "bigint" ? BigInt(read) : read).toEqual(value);
        expect(edited(ACK, { path, value })).toEqual(frame);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe("setBytes", () => {
  it("replaces, inserts and removes, and makes length and CRC right", () => {
    const grown = setBytes(
      SNAPSHOT_PROTOCOL,
      ACK,
      { start: ACK.length, end: ACK.length },
      new Uint8Array(9),
      "recompute",
    );
    expect(probeFrame(SNAPSHOT_FRAMING, grown, 0)).toMatchObject({ status: "ok", declaredBytes: ACK.length + 9 });
    const back = setBytes(
      SNAPSHOT_PROTOCOL,
      grown,
      { start: ACK.length, end: grown.length },
      new Uint8Array(0),
      "recompute",
    );
    expect(back).toEqual(ACK);
    const cut = setBytes(SNAPSHOT_PROTOCOL, ACK, { start: 3, end: ACK.length }, new Uint8Array(0), "recompute");
    expect(cut).toEqual(ACK.slice(0, 3));
  });

  it("is bounded", () => {
    const huge = new Uint8Array(1_048_577);
    expect(codeOf(() => setBytes(SNAPSHOT_PROTOCOL, ACK, { start: 8, end: 8 }, huge, "leave"))).toBe(
      "inspect/edit-too-large",
    );
  });
});

describe("parseFieldValue", () => {
  it("reads what people write", () => {
    expect(parseFieldValue("u32", " 0xff ")).toBe(255);
    expect(parseFieldValue("i64", "-5")).toBe(-5);
    expect(parseFieldValue("u64", "18446744073709551615")).toBe(18_446_744_073_709_551_615n);
    expect(parseFieldValue("f32", "NaN")).toBeNaN();
    expect(parseFieldValue("f32", "1.5")).toBe(1.5);
    expect(parseFieldValue("bytes", "0a FF\n00")).toEqual(Uint8Array.of(10, 255, 0));
    expect(parseFieldValue("text", " a ")).toBe(" a ");
    expect(parseFieldValue("bool", "true")).toBe(1);
  });

  it.each([
    ["u8", "256", "inspect/value-out-of-range"],
    ["u8", "-1", "inspect/value-out-of-range"],
    ["u8", "1.5", "inspect/value-malformed"],
    ["u8", "", "inspect/value-malformed"],
    ["u8", "9".repeat(40), "inspect/value-malformed"],
    ["bytes", "0", "inspect/value-malformed"],
    ["f32", "", "inspect/value-malformed"],
    ["f32", "x", "inspect/value-malformed"],
    ["bool", "1", "inspect/value-malformed"],
    ["group", "1", "inspect/value-malformed"],
  ] as const)("%s refuses %j with %s", (type, text, code) => {
    expect(codeOf(() => parseFieldValue(type, text))).toBe(code);
  });
});
