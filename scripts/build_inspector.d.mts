/** What the page and its script may weigh, compressed, without captures and without the zstd decoder. */
export const maxPageGzipBytes: number;
/** Builds `inspector.html` and `inspector/` into a folder. */
export function buildInspector(
  folder: string,
): Promise<{ pageGzipBytes: number; zstdGzipBytes: number; oneFileBytes: number }>;
