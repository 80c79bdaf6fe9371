import assert from "node:assert/strict";
import { EngineAgent } from "./engine_agent.ts";
import { freePorts } from "./free_ports.ts";
import { LoggedProcess, type LogLine } from "./logged_process.ts";
import { OtlpCollector } from "./otlp_collector.ts";
import { ServerUnderTest } from "./server_under_test.ts";

const SINK = new URL("../../deno/otlp_sink.ts", import.meta.url).pathname;

/** The sink as a process: these permissions and no others. */
function startSink(dir: string, url: string, top = 3): LoggedProcess {
  const permissions = [
    "--no-prompt",
    "--allow-net",
    `--allow-read=${dir}`,
    `--allow-write=${dir}`,
    "--allow-env=OTEL_*",
  ];
  const flags = ["--dir", dir, "--otlp", url, "--top", String(top), "--log", "json", "--log-level", "debug"];
  return new LoggedProcess(Deno.execPath(), ["run", ...permissions, SINK, ...flags]);
}

async function withServer(
  run: (dir: string, server: ServerUnderTest) => Promise<void>,
  flags: string[] = [],
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const dir = `${parent}/store`;
  const server = await ServerUnderTest.start(dir, flags);
  try {
    await run(dir, server);
    assert.equal(await server.stop(), 0);
  } finally {
    server.end();
    await Deno.remove(parent, { recursive: true });
  }
}

/** Runs an agent until so many of its snapshots are stored. */
async function store(server: ServerUnderTest, agentId: string, count: number, processes = 5): Promise<EngineAgent> {
  const servers = [`127.0.0.1:${server.port}`];
  const agent = new EngineAgent({ agentId, servers, intervalMs: 100, processes });
  await agent.storedCount(count);
  await agent.drain();
  return agent;
}

function hostPoints(collector: OtlpCollector, host: string): number {
  return collector.points.filter((point) => point.host === host && point.metric === "system.cpu.utilization").length;
}

Deno.test("machines and their busiest processes arrive at a collector, each snapshot once, with its own time", () =>
  withServer(async (dir, server) => {
    const collector = new OtlpCollector();
    const sink = startSink(dir, collector.url);
    // One of them sends snapshots in parts.
    const [small, large] = await Promise.all([store(server, "db-1", 8), store(server, "web-1", 3, 2_000)]);
    await collector.until(() => hostPoints(collector, "db-1") === small.sampled.length);
    await collector.until(() => hostPoints(collector, "web-1") === large.sampled.length);
    sink.kill("SIGTERM");
    assert.equal(await sink.ended(), 0);
    const own = collector.points.filter(({ host }) => host === "db-1");
    const times = new Set(own.map(({ endMs }) => endMs));
    assert.equal(times.size, small.sampled.length);
    const [endMs] = times;
    const first = own.filter((point) => point.endMs === endMs);
    assert.deepEqual(
      first
        .filter(({ metric }) => metric.startsWith("system."))
        .map(({ metric, unit, attributes, value }) => [metric, unit, attributes, Math.round(value * 1e6) / 1e6]),
      [
        ["system.cpu.utilization", "1", {}, 0.12],
        ["system.memory.usage", "By", { "system.memory.state": "used" }, 1_000_000],
        ["system.memory.usage", "By", { "system.memory.state": "free" }, 1_000_000],
        ["system.memory.limit", "By", {}, 2_000_000],
        ["system.process.count", "{process}", {}, 5],
      ],
    );
    const processes = first.filter(({ metric }) => metric === "process.memory.usage");
    assert.deepEqual(
      processes.map(({ attributes, value }) => [attributes["process.pid"], value]),
      [
        [1, 0],
        [2, 4_096],
        [3, 8_192],
      ],
    );
    assert.match(String(processes[0]!.attributes["process.executable.name"]), /^process-of-a-long-name/);
    await collector.close();
  }));

Deno.test("a collector that is away delays no acknowledgement; what was stored meanwhile arrives when it is back", () =>
  withServer(async (dir, server) => {
    const [port] = freePorts(1);
    const sink = startSink(dir, `http://127.0.0.1:${port}`);
    const agent = await store(server, "a", 10);
    await sink.logged("collectorFailing");
    const collector = new OtlpCollector(port);
    await collector.until(() => hostPoints(collector, "a") === agent.sampled.length);
    await sink.logged("collectorRecovered");
    sink.kill("SIGTERM");
    assert.equal(await sink.ended(), 0);
    await collector.close();
  }));

Deno.test("a restarted sink goes on where it was, also after it was killed, through new and removed files", () =>
  withServer(
    async (dir, server) => {
      const collector = new OtlpCollector();
      const first = startSink(dir, collector.url);
      const a = await store(server, "a", 12);
      await collector.until(() => hostPoints(collector, "a") === a.sampled.length);
      // The cursor is written after the collector's answer.
      await first.loggedWhere((line) => line.event === "sent" && line["sentSnapshots"] === a.sampled.length);
      first.kill("SIGKILL");
      await first.ended();
      const b = await store(server, "b", 12);
      const second = startSink(dir, collector.url);
      await collector.until(() => hostPoints(collector, "b") === b.sampled.length);
      assert.equal(hostPoints(collector, "a"), a.sampled.length, "nothing of before was sent again");
      second.kill("SIGTERM");
      assert.equal(await second.ended(), 0);
      assert.ok((await storeFiles(dir)).length > 2);
      // While no sink runs, the file that the cursor is in goes.
      await store(server, "c", 12);
      const files = await storeFiles(dir);
      for (const name of files.slice(0, -1)) await Deno.remove(`${dir}/${name}`);
      const third = startSink(dir, collector.url);
      const d = await store(server, "d", 3);
      await collector.until(() => hostPoints(collector, "d") === d.sampled.length);
      third.kill("SIGTERM");
      assert.equal(await third.ended(), 0);
      assert.equal(third.lines.at(-1)!["filesGone"], 1);
      await collector.close();
    },
    ["--rotate-bytes", "4KiB"],
  ));

Deno.test("what the collector will never take is counted as dropped, and the rest goes on", () =>
  withServer(async (dir, server) => {
    const collector = new OtlpCollector();
    collector.status = 400;
    const sink = startSink(dir, collector.url, 0);
    const a = await store(server, "a", 5);
    await sink.loggedWhere((line) => line.event === "sent" && line["droppedSnapshots"] === a.sampled.length);
    collector.status = 200;
    const b = await store(server, "b", 2);
    await collector.until(() => hostPoints(collector, "b") === b.sampled.length);
    assert.ok(!collector.points.some(({ metric }) => metric.startsWith("process.")), "--top 0 is the machine alone");
    sink.kill("SIGTERM");
    await sink.ended();
    const { event, sentSnapshots, droppedSnapshots } = sink.lines.at(-1) as LogLine;
    assert.deepEqual([event, sentSnapshots, droppedSnapshots], ["stopped", b.sampled.length, a.sampled.length]);
    await collector.close();
  }));

Deno.test("the sink's command line says what is wrong", async () => {
  for (const [flags, message] of [
    [[], /--otlp is missing/],
    [["--otlp", "ftp://x"], /is no http:\/\/ or https:\/\/ URL/],
    [["--otlp", "http://collector.example:4318"], /--insecure-plaintext/],
    [["--otlp", "http://127.0.0.1:4318", "--top", "x"], /whole number/],
    [["--otlp", "http://127.0.0.1:4318", "--tip", "3"], /--tip/],
  ] as const) {
    const args = ["run", "--no-prompt", "--allow-env=OTEL_*", SINK, ...flags];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assert.equal(code, 2);
    assert.match(new TextDecoder().decode(stderr), message);
  }
});

async function storeFiles(dir: string): Promise<string[]> {
  const names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
  return names.filter((name) => name.endsWith(".tide")).sort();
}
