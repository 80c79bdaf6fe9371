/** Tells a field sink of the processes of a snapshot: of every value and the bytes it came from. */
import type { FieldSink } from "../../core/mod.ts";
import { rssBytes, type SnapshotColumns, uvarintBytes } from "./snapshot_columns.ts";
import { SNAPSHOT_FIXED_BYTES } from "./wire.ts";

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where lengths and texts begin in the encoded snapshot. */
export interface ProcessPlaces {
  readonly lengthsAt: number;
  readonly cmdlineLengthsAt: number;
  readonly textAt: number;
}

/** One group a process, with its fields from all columns. */
export function tellProcesses(sink: FieldSink, columns: SnapshotColumns, places: ProcessPlaces): void {
  const { count, pid, cpuPct, rssHalves, text, nameEnds, cmdlineEnds, hasCmdline } = columns;
  const { textAt } = places;
  let nameLengthAt = places.lengthsAt;
  let cmdlineLengthAt = places.cmdlineLengthsAt;
  let nameAt = 0;
  let cmdlineAt = columns.namesBytes;
  for (let i = 0; i < count; i++) {
    const nameEnd = nameEnds[i]!;
    const cmdlineEnd = cmdlineEnds[i]!;
    const nameBytes = nameEnd - nameAt;
    const cmdlineBytes = cmdlineEnd - cmdlineAt;
    const codedCmdline = hasCmdline[i] === 1 ? cmdlineBytes + 1 : 0;
    sink.open("process", SNAPSHOT_FIXED_BYTES + i * 4);
    sink.field("pid", pid[i]!, SNAPSHOT_FIXED_BYTES + i * 4, 4, "u32");
    sink.field("cpuPct", cpuPct[i]!, SNAPSHOT_FIXED_BYTES + (count + i) * 4, 4, "f32");
    sink.field("rssBytes", rssBytes(rssHalves, i), SNAPSHOT_FIXED_BYTES + (count + i) * 8, 8, "u64");
    sink.field("nameLength", nameBytes, nameLengthAt, uvarintBytes(nameBytes), "uvarint");
    sink.field("cmdlineLength", codedCmdline, cmdlineLengthAt, uvarintBytes(codedCmdline), "uvarint");
    sink.field("name", UTF8.decode(text.subarray(nameAt, nameEnd)), textAt + nameAt, nameBytes, "text");
    const cmdline = codedCmdline === 0 ? null : UTF8.decode(text.subarray(cmdlineAt, cmdlineEnd));
    sink.field("cmdline", cmdline, textAt + cmdlineAt, cmdlineBytes, "text");
    sink.close(textAt + cmdlineEnd);
    nameLengthAt += uvarintBytes(nameBytes);
    cmdlineLengthAt += uvarintBytes(codedCmdline);
    nameAt = nameEnd;
    cmdlineAt = cmdlineEnd;
  }
}
