export type { ByteStream, Dialer, Listener } from "./byte_stream.ts";
export type { CaptureSource } from "./capture_source.ts";
export type { Clock } from "./clock.ts";
export type { Compressor } from "./compressor.ts";
export type { CurvePrimitives } from "./curve_primitives.ts";
export type { Entropy } from "./entropy.ts";
export type { Log, LogFields, LogLevel } from "./log.ts";
export type { MachineSample, MachineSampler, ProcessSample } from "./machine_sampler.ts";
export type { SnapshotRecord, SnapshotStore, StoredId } from "./snapshot_store.ts";
export type {
  Endpoint,
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostListener,
  HostListenerEvents,
  HostTimer,
  HostTransport,
  HostTransportOptions,
  SocketHost,
} from "./socket_host.ts";
export type { AppendFile, ReadableFile, StoreDisk } from "./store_disk.ts";
