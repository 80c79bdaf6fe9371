/** A file of the store, as its name says. */
export interface StoreFile {
  readonly name: string;
  /** UTC Unix milliseconds of its first record's arrival. */
  readonly firstMs: number;
  /** Its place in the order of all files of the folder. Times may repeat or go back when a clock is set; this never does. */
  readonly sequence: number;
  bytes: number;
}

const PATTERN = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\d{8,})\.tide$/;

/** `20261121T012345678Z-00000042.tide`: sortable by time, and told apart when the time is not enough. */
export function storeFileName(firstMs: number, sequence: number): string {
  const time = new Date(firstMs).toISOString().replaceAll(/[-:.]/g, "");
  return `${time}-${String(sequence).padStart(8, "0")}.tide`;
}

/** The file of that name and size, or nothing when the name is not one of the store's. */
export function parseStoreFile(name: string, bytes: number): StoreFile | undefined {
  const match = PATTERN.exec(name);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, ms, sequence] = match.map(Number);
  const firstMs = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!, ms!);
  return { name, firstMs, sequence: sequence!, bytes };
}
