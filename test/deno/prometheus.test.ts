import assert from "node:assert/strict";
import { freePorts } from "./free_ports.ts";
import { findPeer } from "./peers.ts";
import { ServerUnderTest } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

const PROMETHEUS = await findPeer("prometheus");
const PROMTOOL = await findPeer("promtool");

/** A server with a past: snapshots stored, one sent again, noise, a connection at work. */
async function withServer(run: (server: ServerUnderTest, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const server = await ServerUnderTest.start(`${dir}/store`);
  try {
    const agent = await TcpAgent.connect(server.port, "a");
    for (let n = 0; n < 5; n++) await agent.send(n);
    await agent.storedCount(5);
    const noise = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await noise.write(new Uint8Array(1_000).fill(0xff));
    await server.logged("protocolError");
    noise.close();
    await run(server, dir);
    await agent.close();
    assert.equal(await server.stop(), 0);
  } finally {
    server.end();
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  name: "promtool finds nothing wrong with /metrics",
  ignore: PROMTOOL === undefined,
  fn: () =>
    withServer(async (server) => {
      const { text } = await server.http("/metrics");
      const child = new Deno.Command(PROMTOOL!, {
        args: ["check", "metrics"],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
      const { code, stdout, stderr } = await child.output();
      assert.equal(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr), "");
      assert.equal(code, 0);
    }),
});

Deno.test({
  name: "a real Prometheus scrapes the server and answers queries on it",
  ignore: PROMETHEUS === undefined,
  fn: () =>
    withServer(async (server, dir) => {
      const [port] = freePorts(1);
      const target = String(server.first("listening")!["http"]);
      const config = {
        global: { scrape_interval: "200ms", scrape_timeout: "200ms" },
        scrape_configs: [{ job_name: "tidewire", static_configs: [{ targets: [target] }] }],
      };
      // JSON is YAML.
      await Deno.writeTextFile(`${dir}/prometheus.yml`, JSON.stringify(config));
      const args = [
        `--config.file=${dir}/prometheus.yml`,
        `--storage.tsdb.path=${dir}/tsdb`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ];
      const child = new Deno.Command(PROMETHEUS!, { args, stdout: "null", stderr: "inherit" }).spawn();
      try {
        assert.equal(await query(port!, "up"), "1");
        assert.equal(await query(port!, "tidewire_snapshots_stored_total"), "5");
        assert.equal(await query(port!, "sum(tidewire_protocol_errors_total)"), "1");
        const families = server.http("/metrics").then(({ text }) => text.match(/^# TYPE \S+/gm)!.length);
        const scraped = await query(
          port!,
          `count(count by (__name__) ({job="tidewire", __name__=~"tidewire_.+|process_.+"}))`,
        );
        assert.ok(Number(scraped) > (await families) / 2, scraped);
      } finally {
        child.kill("SIGKILL");
        await child.status;
      }
    }),
});

/** The value of an instant query, once there is one. */
async function query(port: number, expression: string): Promise<string> {
  const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    const answer = await response?.json();
    const value = answer?.data?.result?.[0]?.value?.[1];
    if (value !== undefined && !(expression === "up" && value === "0")) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
