/** How much a log line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values a structured log line may carry. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A structured log: one event name, a few fields. Hosts write it as JSON lines or as text for a terminal. */
export interface Log {
  /** @param event stable name in lower camel case, for example `snapshotStored` */
  write(level: LogLevel, event: string, fields?: LogFields): void;
}
