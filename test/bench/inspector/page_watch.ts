import type { CDPSession, Page } from "playwright-core";

/** Runs in the page before its own script: notes when a file was dropped, when rows stood there, and tasks that kept it busy. */
const WATCH = `
  window.watch = { droppedMs: 0, rowsMs: 0, doneMs: 0, longestTaskMs: 0 };
  addEventListener("drop", () => { watch.droppedMs = performance.now(); watch.longestTaskMs = 0; }, true);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) watch.longestTaskMs = Math.max(watch.longestTaskMs, duration);
  }).observe({ type: "longtask" });
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => {
      if (watch.droppedMs === 0) return;
      if (watch.rowsMs === 0 && document.querySelector("#frames .frame .c-number")) watch.rowsMs = performance.now();
      if (watch.doneMs === 0 && document.querySelector(".status-main")?.textContent.includes("read in")) {
        watch.doneMs = performance.now();
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
`;

/** What a page noted; times in ms of its own clock, 0 for what has not been. */
export interface Watched {
  readonly droppedMs: number;
  readonly rowsMs: number;
  readonly doneMs: number;
  readonly longestTaskMs: number;
}

export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript(WATCH);
}

export function watched(page: Page): Promise<Watched> {
  return page.evaluate("watch") as Promise<Watched>;
}

/** Drags the thumb of a list from its top to its end within a time; returns the ms between two drawings, each. */
export function dragThumb(page: Page, list: string, durationMs: number): Promise<readonly number[]> {
  const script = `new Promise((resolve) => {
    const list = document.querySelector(${JSON.stringify(list)});
    const most = list.scrollHeight - list.clientHeight;
    const gaps = [];
    const startMs = performance.now();
    let lastMs = startMs;
    const draw = (nowMs) => {
      if (nowMs > lastMs) gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      const part = (nowMs - startMs) / ${durationMs};
      if (part >= 1) return resolve(gaps);
      list.scrollTop = most * Math.max(0, part);
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  })`;
  return page.evaluate(script) as Promise<readonly number[]>;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize?: number;
}

/** Bytes that the scripts of a page and of its worker hold now, array buffers as well. */
export class HeapWatch {
  readonly #session: CDPSession;
  readonly #workers: string[] = [];
  readonly #waiting = new Map<number, (usage: HeapUsage) => void>();
  #asked = 0;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on("Target.attachedToTarget", ({ sessionId }) => this.#workers.push(sessionId));
    session.on("Target.receivedMessageFromTarget", ({ message }) => {
      const { id, result } = JSON.parse(message);
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  static async begin(page: Page): Promise<HeapWatch> {
    const watch = new HeapWatch(await page.context().newCDPSession(page));
    await watch.#session.send("Target.setAutoAttach", {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
    return watch;
  }

  async bytes(): Promise<number> {
    const own = this.#session.send("Runtime.getHeapUsage") as Promise<HeapUsage>;
    const all = await Promise.all([own, ...this.#workers.map((sessionId) => this.#usageOf(sessionId))]);
    return all.reduce((sum, { usedSize, backingStorageSize = 0 }) => sum + usedSize + backingStorageSize, 0);
  }

  #usageOf(sessionId: string): Promise<HeapUsage> {
    const id = ++this.#asked;
    const message = JSON.stringify({ id, method: "Runtime.getHeapUsage" });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, resolve);
      this.#session.send("Target.sendMessageToTarget", { sessionId, message }).catch(reject);
    });
  }
}
