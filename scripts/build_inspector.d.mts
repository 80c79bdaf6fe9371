/** What the served page may fetch, compressed, until it shows a capture; the zstd decoder apart. */
export const maxPageGzipBytes: number;
/** What the page as one file may weigh, compressed, without the zstd decoder. */
export const maxOneFileGzipBytes: number;
/** Builds `inspector.html` and `inspector/` into a folder. */
export function buildInspector(folder: string): Promise<{
  pageGzipBytes: number;
  oneFileGzipBytes: number;
  zstdGzipBytes: number;
  oneFileBytes: number;
}>;
