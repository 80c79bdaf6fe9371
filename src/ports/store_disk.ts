/** A file that is written at its end only. */
export interface AppendFile {
  /** Writes all of the bytes; when it rejects, any part of them may be in the file. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written survives a loss of power. */
  sync(): Promise<void>;
  /** Cuts the file back to its first `bytes` bytes. */
  truncate(bytes: number): Promise<void>;
  close(): void;
}

/** A file that is read anywhere. */
export interface ReadableFile {
  /** Reads from `offset` on, as much as there is and fits; 0 at the end. */
  readAt(offset: number, into: Uint8Array): Promise<number>;
  close(): void;
}

/** What a store or a spool needs of a folder: a real one, or a virtual one that tears writes and fails syncs on purpose. */
export interface StoreDisk {
  /** Files directly in the folder, in no order. */
  list(): Promise<{ readonly name: string; readonly bytes: number }[]>;
  /** A new file whose name is durable in the folder; rejects if there is one of that name. */
  create(name: string): Promise<AppendFile>;
  /** A file that is there; its name is durable too, whatever befell the process that made it. */
  openAppend(name: string): Promise<AppendFile>;
  openRead(name: string): Promise<ReadableFile>;
  /** Resolves when the file is gone for good: a loss of power does not bring it back. */
  remove(name: string): Promise<void>;
}
