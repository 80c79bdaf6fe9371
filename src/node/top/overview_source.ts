import type { AgentOverview } from "../../ingest/mod.ts";

/** What agents look like at the moment. */
export interface Overviews {
  readonly agents: readonly AgentOverview[];
  /** Known agents; may be more than there are in `agents`. */
  readonly total: number;
}

/** Where overviews come from. */
export interface OverviewFeed {
  /** What is shown as the source. */
  readonly name: string;
  /** @throws Error when the source can't be read at the moment; the next try may work */
  read(): Promise<Overviews>;
}
