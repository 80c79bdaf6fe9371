import assert from "node:assert/strict";
import { parseServeOptions, serveHelp, UsageError } from "../../deno/serve_options.ts";
import { StreamLog } from "../../deno/stream_log.ts";

Deno.test("options have defaults, and flags win, with = or without", () => {
  const byDefault = parseServeOptions([]);
  assert.equal(byDefault.dir, "./data");
  assert.deepEqual(byDefault.listen, { hostname: "127.0.0.1", port: 7400 });
  assert.equal(byDefault.rotateBytes, 256 * 1024 * 1024);
  assert.equal(byDefault.maxBatchDelay, 50);
  const options = parseServeOptions(["--dir=/x", "--listen", "[::1]:0", "--retain-age", "2h", "--no-compress"]);
  assert.equal(options.dir, "/x");
  assert.deepEqual(options.listen, { hostname: "::1", port: 0 });
  assert.equal(options.retainAge, 7_200_000);
  assert.equal(options.noCompress, true);
});

Deno.test("what is wrong is named with what to do", () => {
  for (const [args, message] of [
    [["--lisen", "x"], /--lisen is no option; --help/],
    [["--dir"], /--dir needs a value: --dir DIR/],
    [["--listen", "7400"], /--listen 7400: is no HOST:PORT/],
    [["--listen", "127.0.0.1:70000"], /is no HOST:PORT/],
    [["--max-connections", "0"], /whole number from 1/],
    [["--rotate-bytes", "10 MB"], /such as 1048576, 64MiB/],
    [["--retain-age", "10"], /such as 500ms/],
    [["--log", "xml"], /is none of text, json/],
    [["--no-compress=yes"], /takes no value/],
  ] as const) {
    assert.throws(
      () => parseServeOptions(args),
      (error) => error instanceof UsageError && message.test(error.message),
      args.join(" "),
    );
  }
});

Deno.test("plaintext beyond loopback has to be asked for, and HTTP there needs a token besides", () => {
  for (const [flag, ...needed] of [["--listen"], ["--http", "--http-token-file", "token"]] as const) {
    for (const host of ["0.0.0.0", "[::]", "10.0.0.5", "db.example"]) {
      assert.throws(() => parseServeOptions([flag, `${host}:7400`, ...needed]), /--insecure-plaintext/);
      parseServeOptions([flag, `${host}:7400`, ...needed, "--insecure-plaintext"]);
    }
    for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"]) parseServeOptions([flag, `${host}:7400`]);
  }
});

Deno.test("TLS opens the agents' port to any address, and its files come together", () => {
  const pair = ["--tls-cert", "c", "--tls-key", "k"];
  assert.equal(parseServeOptions(["--listen", "0.0.0.0:7400", ...pair]).tlsCert, "c");
  assert.equal(parseServeOptions([...pair, "--tls-client-ca", "ca"]).tlsClientCa, "ca");
  assert.throws(() => parseServeOptions(pair.slice(0, 2)), /need each other/);
  assert.throws(() => parseServeOptions(pair.slice(2)), /need each other/);
  assert.throws(() => parseServeOptions(["--tls-client-ca", "ca"]), /--tls-client-ca needs/);
  assert.throws(() => parseServeOptions(["--http", "0.0.0.0:7401", "--insecure-plaintext"]), /--http-token-file/);
  assert.throws(() => parseServeOptions(["--http", "0.0.0.0:7401", ...pair, "--http-token-file", "t"]), /--insecure/);
});

Deno.test("the help has every option with its default", () => {
  const help = serveHelp();
  for (const text of ["--max-unstored N", "(256MiB)", "--no-compress", "(127.0.0.1:7401)"])
    assert.ok(help.includes(text), text);
});

Deno.test("the log writes JSON lines or text, keeps to its level, and never lets a peer forge a line", async () => {
  const written: Record<string, string> = {};
  for (const format of ["json", "text"] as const) {
    const write = (bytes: Uint8Array): Promise<number> => {
      written[format] = (written[format] ?? "") + new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    };
    const log = new StreamLog({ write, format, level: "info", utcMs: () => 0 });
    log.write("debug", "hidden");
    log.write("info", "agentConnected", { agentId: "db-1\n00:00 ERROR \u001b[31m", n: 3 });
    await log.flush();
  }
  assert.equal(
    written["json"],
    '{"time":"1970-01-01T00:00:00.000Z","level":"info","event":"agentConnected","agentId":"db-1\\n00:00 ERROR \\u001b[31m","n":3}\n',
  );
  assert.equal(written["text"], '00:00:00.000 INFO  agentConnected agentId="db-1\\n00:00 ERROR \\u001b[31m" n=3\n');
});

Deno.test("a reader that is stuck costs the log lines, not the server its memory", async () => {
  let resume = (): void => {};
  const lines: string[] = [];
  const stuck = new Promise<void>((resolve) => {
    resume = resolve;
  });
  const write = async (bytes: Uint8Array): Promise<number> => {
    await stuck;
    lines.push(...new TextDecoder().decode(bytes).trim().split("\n"));
    return bytes.length;
  };
  const log = new StreamLog({ write, format: "json", level: "info", utcMs: () => 0 });
  for (let n = 0; n < 50_000; n++) log.write("info", "line", { n });
  resume();
  await log.flush();
  log.write("info", "after");
  await log.flush();
  assert.ok(lines.length < 20_000);
  const dropped = lines.map((line) => JSON.parse(line)).find(({ event }) => event === "logDropped");
  assert.equal(dropped.lines + lines.length - 2, 50_000);
});
