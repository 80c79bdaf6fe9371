import { expect, test } from "vitest";
import { createLog, type LogOptions } from "../../src/node/log.ts";

function logTo(lines: string[], options: Partial<LogOptions> = {}) {
  const write = (line: string): number => lines.push(line);
  return createLog({
    format: "text",
    level: "info",
    colours: false,
    write,
    utcMs: () => 1_700_000_000_000,
    ...options,
  });
}

test("JSON lines begin with time, level and event", () => {
  const lines: string[] = [];
  logTo(lines, { format: "json" }).write("info", "stored", { processes: 100, left: undefined, note: 'a"\n' });
  expect(lines).toEqual([
    '{"time":"2023-11-14T22:13:20.000Z","level":"info","event":"stored","processes":100,"note":"a\\"\\n"}\n',
  ]);
});

test("text is one line, whatever a peer put into a field", () => {
  const lines: string[] = [];
  logTo(lines).write("warn", "refused", { detail: "a\n22:13:20.000 info  stored\u001b[31m", n: 1, left: undefined });
  expect(lines).toEqual(['22:13:20.000 warn  refused detail="a\\n22:13:20.000 info  stored\\u001b[31m" n=1\n']);
});

test("lines below the level are left out", () => {
  const lines: string[] = [];
  const log = logTo(lines, { level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) log.write(level, level);
  expect(lines).toHaveLength(2);
});

test("colours only where they were asked for", () => {
  const lines: string[] = [];
  logTo(lines, { colours: true }).write("error", "e");
  logTo(lines).write("error", "e");
  expect(lines[0]).toContain("\u001b[31m");
  expect(lines[1]).not.toContain("\u001b");
});
