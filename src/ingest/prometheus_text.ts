import type { MetricFamily } from "./metrics.ts";

/** The media type of {@linkcode prometheusText}. */
export const PROMETHEUS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Prometheus' text exposition format, version 0.0.4.
 *
 * @example
 * ```ts
 * const text = prometheusText([{ name: "up", kind: "gauge", help: "Is it?", samples: [{ labels: {}, value: 1 }] }]);
 * // # HELP up Is it?\n# TYPE up gauge\nup 1\n
 * ```
 */
export function prometheusText(families: readonly MetricFamily[]): string {
  let text = "";
  for (const { name, kind, help, samples } of families) {
    text += `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${kind}\n`;
    for (const { labels, value } of samples) text += `${name}${labelText(labels)} ${numberText(value)}\n`;
  }
  return text;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}
