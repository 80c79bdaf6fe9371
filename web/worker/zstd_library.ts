/** The zstd library as a script of its own: the worker loads it when a capture is opened. */
import { compress, decompress, init } from "@bokuweb/zstd-wasm";
import type { ZstdScope } from "../zstd.ts";

(self as unknown as ZstdScope).zstdLibrary = { compress, decompress, init };
