import { create, createFileRegistry, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Packr } from "msgpackr";
import { zstdCompressor } from "../../src/node/zstd.ts";
import {
  decodeSnapshotColumns,
  encodeSnapshot,
  type ProcessRow,
  type SnapshotPayload,
  snapshotPayload,
} from "../../src/protocols/snapshot/mod.ts";
import { type BenchReport, type BenchRow, machine, makeRow, measureCase } from "./measure.ts";

export const name = "snapshot";

const PROCESSES = 500;

/** What a machine looks like. */
interface Kind {
  readonly label: string;
  readonly commandLines: boolean;
  /** Every process has a share of the CPU, as in the protocol's vectors; else most are idle, as on most machines. */
  readonly isBusy: boolean;
}

const KINDS: readonly Kind[] = [
  { label: "busy", commandLines: false, isBusy: true },
  { label: "busy, command lines", commandLines: true, isBusy: true },
  { label: "mostly idle", commandLines: false, isBusy: false },
];

/** Encode, decode and size of one snapshot of 500 processes; the peers carry the same values. */
export async function run(): Promise<BenchReport> {
  const compressor = await zstdCompressor();
  const rows = KINDS.flatMap((kind) => benchKind(kind, (bytes) => compressor.compress(bytes)));
  return { bench: name, machine: machine(), rows };
}

function benchKind(kind: Kind, compress: (bytes: Uint8Array) => Uint8Array): BenchRow[] {
  const snapshot = exampleSnapshot(kind);
  const ours = encodeSnapshot(snapshot);
  const packr = new Packr({ useRecords: true, structures: [] });
  const packed = packr.pack(snapshot).slice();
  const proto = protobufPeer(snapshot);
  const json = JSON.stringify(snapshot);
  const { label } = kind;
  return [
    measureCase({
      case: `encode, ${label}`,
      ours: () => encodeSnapshot(snapshot),
      peers: { msgpackr: () => packr.pack(snapshot), protobuf: proto.encode, JSON: () => JSON.stringify(snapshot) },
      target: { peer: "msgpackr", atLeast: 5 },
    }),
    measureCase({
      case: `decode to objects, ${label}`,
      ours: () => snapshotPayload(decodeSnapshotColumns(ours)),
      peers: { msgpackr: () => packr.unpack(packed), protobuf: proto.decode, JSON: () => JSON.parse(json) },
      target: { peer: "msgpackr", atLeast: 2.8 },
    }),
    measureCase({
      case: `decode to columns, ${label}`,
      ours: () => {
        const { pid, cpuPct, rssHalves } = decodeSnapshotColumns(ours);
        return pid.length + cpuPct.length + rssHalves.length;
      },
      peers: { msgpackr: () => packr.unpack(packed) },
      target: { peer: "msgpackr", atLeast: 15 },
      note: "everything is validated and the number columns are made; text is not cut",
    }),
    ...sizes(kind, { ours, msgpackr: packed, protobuf: proto.bytes, JSON: new TextEncoder().encode(json) }, compress),
  ];
}

function sizes(
  { label: kind, isBusy }: Kind,
  encodings: { readonly ours: Uint8Array; readonly [peer: string]: Uint8Array },
  compress: (bytes: Uint8Array) => Uint8Array,
): BenchRow[] {
  const { ours, ...peers } = encodings;
  const row = (label: string, size: (bytes: Uint8Array) => number): BenchRow =>
    makeRow({
      case: `${label}, ${kind}`,
      ours: size(ours),
      peers: Object.fromEntries(Object.entries(peers).map(([peer, bytes]) => [peer, size(bytes)])),
      unit: "bytes",
      ...(isBusy
        ? { target: { peer: "msgpackr", atLeast: 1 } }
        : { note: "a fixed 16 bytes of numbers a process lose to variable ones where most are zero" }),
    });
  return [row("size", (bytes) => bytes.length), row("size after zstd-3", (bytes) => compress(bytes).length)];
}

const NAMES = ["systemd", "kworker/0:1", "postgres", "node", "java", "sshd", "chrome", "deno", "bash", "nginx"];

/** Names that come again, pids that rise; seeded, so that every run has the same. */
function exampleSnapshot({ commandLines, isBusy }: Kind): SnapshotPayload {
  let state = 20_261_121;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x8000_0000;
  };
  const processes: ProcessRow[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const processName = NAMES[Math.floor(random() * NAMES.length)]!;
    const argument = Math.floor(random() * 1e6);
    processes.push({
      pid: Math.floor(random() * 4_194_304),
      name: processName,
      cpuPct: isBusy ? Math.fround(random() * 100) : random() < 0.9 ? 0 : Math.fround(random() ** 4 * 20),
      rssBytes: isBusy ? Math.floor(random() * 6.8e10) : Math.floor(random() ** 3 * 2e5) * 4_096,
      cmdline:
        commandLines && random() < 0.7
          ? `/usr/bin/${processName} --id=${argument} --data /var/lib/${processName}`
          : null,
    });
  }
  processes.sort((a, b) => b.cpuPct - a.cpuPct || a.pid - b.pid);
  return {
    snapshotId: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
    windowStartMs: 1_767_225_600_123,
    windowEndMs: 1_767_225_610_123,
    cpuTotalPct: 33.5,
    selection: commandLines ? 5 : 1,
    memUsedBytes: 5_244_113_096,
    memTotalBytes: 25_000_000_000,
    processTotal: PROCESSES,
    processes,
    extensions: [],
  };
}

/** The same fields as a protobuf message, by the official runtime. */
function protobufPeer(snapshot: SnapshotPayload): { bytes: Uint8Array; encode: () => unknown; decode: () => unknown } {
  const [OPTIONAL, REPEATED] = [1, 3] as const;
  const [FLOAT, UINT64, INT64, UINT32, STRING, MESSAGE, BYTES] = [2, 4, 3, 13, 9, 11, 12] as const;
  const field = (fieldName: string, number: number, type: number, label: number = OPTIONAL, typeName = ""): object => ({
    name: fieldName,
    number,
    type,
    label,
    typeName,
  });
  const file = create(FileDescriptorProtoSchema, {
    name: "snapshot.proto",
    syntax: "proto3",
    messageType: [
      {
        name: "Process",
        field: [
          field("pid", 1, UINT32),
          field("name", 2, STRING),
          field("cpu_pct", 3, FLOAT),
          field("rss_bytes", 4, UINT64),
          { ...field("cmdline", 5, STRING), proto3Optional: true, oneofIndex: 0 },
        ],
        oneofDecl: [{ name: "_cmdline" }],
      },
      {
        name: "Snapshot",
        field: [
          field("snapshot_id", 1, BYTES),
          field("window_start_ms", 2, INT64),
          field("window_end_ms", 3, INT64),
          field("cpu_total_pct", 4, FLOAT),
          field("selection", 5, UINT32),
          field("mem_used_bytes", 6, UINT64),
          field("mem_total_bytes", 7, UINT64),
          field("process_total", 8, UINT32),
          field("processes", 9, MESSAGE, REPEATED, ".Process"),
        ],
      },
    ],
  });
  const registry = createFileRegistry(file, () => undefined);
  const schema = registry.getMessage("Snapshot") as DescMessage;
  const processSchema = registry.getMessage("Process") as DescMessage;
  const message = create(schema, {
    snapshotId: snapshot.snapshotId,
    windowStartMs: BigInt(snapshot.windowStartMs),
    windowEndMs: BigInt(snapshot.windowEndMs),
    cpuTotalPct: snapshot.cpuTotalPct,
    selection: snapshot.selection,
    memUsedBytes: BigInt(snapshot.memUsedBytes),
    memTotalBytes: BigInt(snapshot.memTotalBytes),
    processTotal: snapshot.processTotal,
    processes: snapshot.processes.map(({ cmdline, rssBytes, ...rest }) =>
      create(processSchema, { ...rest, rssBytes: BigInt(rssBytes), ...(cmdline === null ? {} : { cmdline }) } as never),
    ),
  } as never);
  const bytes = toBinary(schema, message);
  return { bytes, encode: () => toBinary(schema, message), decode: () => fromBinary(schema, bytes) };
}
