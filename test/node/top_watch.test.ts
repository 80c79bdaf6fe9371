import { EventEmitter } from "node:events";
import type { ReadStream, WriteStream } from "node:tty";
import { expect, it } from "vitest";
import type { AgentOverview } from "../../src/ingest/mod.ts";
import { NO_COLOURS } from "../../src/inspect/mod.ts";
import { systemClock } from "../../src/node/clock.ts";
import { TopWatch } from "../../src/node/top/watch.ts";

/** What stands between is shown at once, from the upper left corner. */
const BEGIN = "\u001b[?2026h\u001b[H";
const END = "\u001b[?2026l";

/** The screen of a terminal, as far as `Screen` writes to it. */
class Terminal extends EventEmitter {
  columns = 100;
  rows = 12;
  written = "";
  readonly lines: string[] = [];

  write(text: string): boolean {
    this.written += text;
    if (text.includes("\u001b[2J")) this.lines.length = 0;
    if (!text.startsWith(BEGIN)) return true;
    expect(text.endsWith(END)).toBe(true);
    for (const [i, line] of text.slice(BEGIN.length, -END.length).split("\r\n").entries()) {
      if (line.startsWith("\u001b[K")) this.lines[i] = line.slice(3);
    }
    return true;
  }
}

class Keyboard extends EventEmitter {
  isRaw = false;
  setEncoding(): this {
    return this;
  }
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
  pause(): this {
    return this;
  }
}

function agent(agentId: string, cpuPct: number, memUsedBytes: number): AgentOverview {
  const nowMs = Date.now();
  const sizes = { memUsedBytes, memTotalBytes: 100, processTotal: 1 };
  return { agentId, lastSeenMs: nowMs, windowEndMs: nowMs, cpuPct, ...sizes, processes: [] };
}

const shownNames = ({ lines }: Terminal): string[] =>
  lines.flatMap((line) => /^(?:▶| ) (agent-.)/.exec(line)?.slice(1) ?? []);

it("redraws in place, obeys keys, outlives a source that fails, and leaves the terminal as it was", async () => {
  let reads = 0;
  const agents = [agent("agent-a", 10, 30), agent("agent-b", 20, 10), agent("agent-c", 30, 20)];
  const feed = {
    name: "test",
    read: () => (++reads % 2 === 0 ? Promise.reject(new Error("gone")) : Promise.resolve({ agents, total: 3 })),
  };
  const terminal = new Terminal();
  const keyboard = new Keyboard();
  const watch = new TopWatch(feed, systemClock, NO_COLOURS, 20, "cpu");
  const ended = watch.run(keyboard as unknown as ReadStream, terminal as unknown as WriteStream);
  expect(keyboard.isRaw).toBe(true);
  await expect.poll(() => shownNames(terminal)).toEqual(["agent-c", "agent-b", "agent-a"]);
  keyboard.emit("data", "m");
  expect(shownNames(terminal)).toEqual(["agent-a", "agent-c", "agent-b"]);
  keyboard.emit("data", "n");
  expect(shownNames(terminal)).toEqual(["agent-a", "agent-b", "agent-c"]);
  keyboard.emit("data", "\u001b[B\u001b[B");
  expect(terminal.lines.find((line) => line.startsWith("▶"))).toContain("agent-b");
  keyboard.emit("data", "\u001b[A\u001b");
  expect(terminal.lines.find((line) => line.startsWith("▶"))).toContain("agent-a");
  await expect.poll(() => terminal.lines[0]).toContain("gone");
  expect(shownNames(terminal).length).toBe(3);
  await expect.poll(() => terminal.lines[0]).not.toContain("gone");
  terminal.columns = 60;
  terminal.emit("resize");
  expect(shownNames(terminal).length).toBe(3);
  const { written } = terminal;
  keyboard.emit("data", "q");
  await ended;
  expect(keyboard.isRaw).toBe(false);
  expect(keyboard.listenerCount("data")).toBe(0);
  // The screen is never cleared but for a new size.
  expect(written.split("\u001b[2J").length).toBe(2);
  expect(terminal.written.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
});
