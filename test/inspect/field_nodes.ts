import type { FieldSink } from "../../src/core/mod.ts";
import type { FieldNode } from "../../src/inspect/row_detail.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { compressor } from "./read_capture.ts";

/** What the decoder tells of one frame. */
export function fieldNodesOf(frame: Uint8Array): FieldNode[] {
  const nodes: FieldNode[] = [];
  let depth = 0;
  let of: FieldNode["of"] = "frame";
  const sink: FieldSink = {
    open: (name, start) =>
      void nodes.push({ depth: depth++, name, value: undefined, type: "group", of, start, end: start }),
    field: (name, value, start, bytes, type) =>
      void nodes.push({ depth, name, value, type, of, start, end: start + bytes }),
    close: () => void depth--,
    enterContent: () => {
      of = "content";
    },
    leaveContent: () => {
      of = "frame";
    },
  };
  SNAPSHOT_PROTOCOL.createReader({ compressor }).read(frame, sink);
  return nodes;
}
