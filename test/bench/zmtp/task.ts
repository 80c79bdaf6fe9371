import type { BenchOptions, LibraryName } from "./library.ts";

/** What a process of a run does. */
export type Role = "push" | "pull" | "req" | "rep" | "dealer" | "router" | "pub" | "sub";

/** How messages go in and out: one `await` each, or many at a time. */
export type Api = "await" | "batch";

/** What one process is told, as its only argument. */
export interface Task {
  readonly library: LibraryName;
  readonly role: Role;
  readonly api: Api;
  readonly binds: boolean;
  /** Where to bind, or what to connect to. */
  readonly endpoint: string;
  readonly bytes: number;
  /** How long to count. */
  readonly spanMs: number;
  /** For dealers: messages under way at any time. For publishers and subscribers: how many in all. */
  readonly count: number;
  /** For subscribers: how many of them in this process. */
  readonly sockets: number;
  readonly options: BenchOptions;
}

/** What a process tells, one JSON object a line. */
export interface SideReport {
  /** It is bound or connected. */
  readonly ready?: boolean;
  readonly endpoint?: string;
  /** It is done: so many messages in so long. */
  readonly messages?: number;
  readonly ns?: number;
  /** Of round trips, in ns. */
  readonly p50?: number;
  readonly p99?: number;
}
