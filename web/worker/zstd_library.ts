/** The zstd library, fetched when a capture is opened; in the page as one file a script of its own. */
export { compress, decompress, init } from "@bokuweb/zstd-wasm";
