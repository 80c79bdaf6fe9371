import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { SnapshotPayload } from "../../src/protocols/snapshot/mod.ts";
import { ServerProcess } from "./server_process.ts";
import { SessionAgent } from "./session_agent.ts";
import { rowOf, snapshotOf } from "./snapshots.ts";
import { readStore, repeatedIds } from "./stored_snapshots.ts";

/** One snapshot in this time: some are under way whatever a hostile peer does. */
const FEED_MS = 20;

/** One server for all tests of a file, and a good agent that works on while hostile peers do their worst. */
export class Siege {
  readonly #dir = mkdtempSync(join(tmpdir(), "tidewire-e2e-"));
  readonly #sent: SnapshotPayload[] = [];
  #server: ServerProcess | undefined;
  #good: SessionAgent | undefined;
  #feeding: NodeJS.Timeout | undefined;

  constructor() {
    beforeAll(() => this.#begin());
    afterAll(() => this.#end());
  }

  get server(): ServerProcess {
    return this.#server!;
  }

  errorsCounted(name: string): Promise<number> {
    return this.server.metric(`tidewire_protocol_errors_total{reason="snapshot/${name}"}`);
  }

  refusalsCounted(name: string): Promise<number> {
    return this.server.metric(`tidewire_snapshots_refused_total{reason="snapshot/${name}"}`);
  }

  closesCounted(reason: string): Promise<number> {
    return this.server.metric(`tidewire_connections_closed_total{reason="${reason}"}`);
  }

  /** The good agent is done, on its first connection, and the store has what it sent: once, field by field. */
  async lift(): Promise<void> {
    const good = this.#good!;
    await good.until("a good number stored", () => good.storedIds.length >= 50);
    clearInterval(this.#feeding);
    await good.settled();
    expect(good.refusals).toEqual([]);
    expect(good.events.filter(({ type }) => type === "established")).toHaveLength(1);
    expect(await this.server.http("/healthz")).toEqual({ status: 200, text: "ok\n" });
    expect(await this.server.http("/readyz")).toEqual({ status: 200, text: "ready\n" });
    const stored = await readStore(this.#dir);
    expect(repeatedIds(stored)).toEqual([]);
    const rows = new Map(stored.map(({ snapshotId, payload }) => [snapshotId, payload]));
    for (const snapshot of this.#sent) {
      const row = rowOf(snapshot) as { snapshotId: string };
      expect(rows.get(row.snapshotId)).toEqual(row);
    }
    expect(await this.server.metric("tidewire_snapshots_stored_total")).toBe(stored.length);
  }

  async #begin(): Promise<void> {
    const server = await ServerProcess.start({ dir: this.#dir, flags: ["--heartbeat-interval", "1s"], keep: true });
    const good = new SessionAgent({ agentId: "good", port: () => server.port, keep: true });
    this.#server = server;
    this.#good = good;
    this.#feeding = setInterval(() => {
      const snapshot = snapshotOf(this.#sent.length + 1, this.#sent.length % 25 === 0 ? 4_000 : 30);
      this.#sent.push(snapshot);
      good.send(snapshot);
    }, FEED_MS);
  }

  async #end(): Promise<void> {
    clearInterval(this.#feeding);
    this.#good?.close();
    await this.#server?.end("SIGTERM");
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** What a counter gains meanwhile, waited for: a close is counted when the socket is gone, a moment after. */
export async function gains(counter: () => Promise<number>, by: number, act: () => Promise<void>): Promise<void> {
  const before = await counter();
  await act();
  await expect.poll(counter, { timeout: 5_000 }).toBe(before + by);
}
