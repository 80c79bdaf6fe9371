import type { ReadStream, WriteStream } from "node:tty";
import type { Paint } from "../../inspect/mod.ts";
import type { Clock } from "../../ports/clock.ts";
import type { OverviewFeed, Overviews } from "./overview_source.ts";
import { Screen } from "./screen.ts";
import { sortAgents, type TopOrder, topScreen } from "./top_view.ts";

const ORDERS: Readonly<Record<string, TopOrder>> = { c: "cpu", m: "mem", n: "name" };
/** Ages go on though nothing new comes in. */
const REDRAW_MS = 1_000;

/** Shows a feed on a terminal until `q`, Ctrl-C or a signal. */
export class TopWatch {
  readonly #feed: OverviewFeed;
  readonly #clock: Clock;
  readonly #paint: Paint;
  readonly #refreshMs: number;
  #order: TopOrder;
  #overviews: Overviews = { agents: [], total: 0 };
  #selectedId: string | undefined;
  #trouble: string | undefined;

  constructor(feed: OverviewFeed, clock: Clock, paint: Paint, refreshMs: number, order: TopOrder) {
    this.#feed = feed;
    this.#clock = clock;
    this.#paint = paint;
    this.#refreshMs = refreshMs;
    this.#order = order;
  }

  /** Resolves when it is to end; the terminal is as it was then. */
  async run(stdin: ReadStream, stdout: WriteStream): Promise<void> {
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const screen = new Screen(
      stdin,
      stdout,
      (key) => {
        if (key === "q") end();
        else this.#press(key);
        this.#draw(screen);
      },
      () => this.#draw(screen),
    );
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
    const redraw = setInterval(() => this.#draw(screen), REDRAW_MS);
    let isOver = false;
    const reading = (async () => {
      while (!isOver) {
        await this.#refresh();
        if (!isOver) this.#draw(screen);
        await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, this.#refreshMs))]);
      }
    })();
    try {
      await Promise.race([ended, reading]);
    } finally {
      isOver = true;
      clearInterval(redraw);
      screen.close();
    }
  }

  async #refresh(): Promise<void> {
    try {
      this.#overviews = await this.#feed.read();
      this.#trouble = undefined;
    } catch (error) {
      this.#trouble = error instanceof Error ? error.message : String(error);
    }
  }

  #press(key: string): void {
    const order = ORDERS[key];
    if (order !== undefined) this.#order = order;
    if (key !== "up" && key !== "down") return;
    const agents = sortAgents(this.#overviews.agents, this.#order, this.#clock.utcMs());
    const at = agents.findIndex(({ agentId }) => agentId === this.#selectedId);
    const next = at < 0 ? (key === "down" ? 0 : agents.length - 1) : at + (key === "down" ? 1 : -1);
    this.#selectedId = agents[Math.min(Math.max(0, next), agents.length - 1)]?.agentId;
  }

  #draw(screen: Screen): void {
    const state = {
      ...this.#overviews,
      order: this.#order,
      selectedId: this.#selectedId,
      source: this.#feed.name,
      nowMs: this.#clock.utcMs(),
      trouble: this.#trouble,
    };
    const agents = sortAgents(state.agents, state.order, state.nowMs);
    screen.draw(topScreen(state, agents, screen.columns, screen.rows, this.#paint));
  }
}
