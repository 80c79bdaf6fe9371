import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CaptureIndexer } from "../../../src/inspect/mod.ts";
import { zstdCompressor } from "../../../src/node/zstd.ts";

const bytes = new Uint8Array(readFileSync("fixtures/snapshot_demo/conversation.tide"));
const rows: { offset: number; type: string; timestampUtcMs: number; agentId: string }[] = JSON.parse(
  readFileSync("fixtures/snapshot_demo/conversation.json", "utf8"),
);

it.each([undefined, { compressor: await zstdCompressor() }])(
  "outlines say what rows say, with contents or without",
  (contents) => {
    const format = { container: "stream", protocol: "snapshot_demo" } as const;
    const indexer = new CaptureIndexer(format, contents === undefined ? {} : { contents });
    indexer.push(bytes);
    indexer.finish();
    const { index } = indexer;
    const outlined = Array.from({ length: index.rows }, (_, row) => ({
      offset: index.offset(row),
      type: index.types[index.typeNumber(row)],
      timestampUtcMs: index.timeMs(row),
      agentId: index.senders[index.senderNumber(row)],
    }));
    expect(outlined).toEqual(
      rows.map(({ offset, type, timestampUtcMs, agentId }) => ({ offset, type, timestampUtcMs, agentId })),
    );
  },
);
