import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Publisher, Pull, Push, Reply, Request, Subscriber } from "../../src/node/zmtp/mod.ts";
import { nobleCurve } from "../../src/sockets/noble_curve.ts";
import { z85Encode } from "../../src/sockets/z85.ts";
import { type BuiltCommand, buildCommand } from "./run_command.ts";

const text = (parts: readonly Uint8Array[]): string[] => parts.map((part) => new TextDecoder().decode(part));

describe("tidewire zmq", () => {
  let command: BuiltCommand;
  beforeAll(async () => {
    command = await buildCommand();
  });
  afterAll(() => command.remove());
  const lines = (...all: string[]): Uint8Array => new TextEncoder().encode(all.map((line) => `${line}\n`).join(""));

  it("pushes the lines of standard input", async () => {
    await using pull = new Pull();
    const url = await pull.bind("tcp://127.0.0.1:0");
    const run = command.run(["zmq", "push", url, "--tabs"], { stdin: lines("one", "two\tparts", "") });
    const got = [await pull.receive(), await pull.receive(), await pull.receive()];
    expect(got.map(text)).toEqual([["one"], ["two", "parts"], [""]]);
    expect(await run).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("prints what it pulls, bytes as hexadecimal digits, and saves it for dump", async () => {
    await using push = new Push();
    const url = await push.bind("tcp://127.0.0.1:0");
    const file = join(command.folder, "seen.zmtp");
    const run = command.run(["zmq", "pull", url, "--count", "3", "--save", file]);
    await push.sendBatch(["plain", ["two", Uint8Array.of(0, 255)], "0xab"]);
    const { code, stdout } = await run;
    expect(code).toBe(0);
    expect(stdout).toBe("plain\ntwo\t0x00ff\n0x30786162\n");
    const dump = await command.run(["dump", "--json", file]);
    expect(dump.code).toBe(0);
    const rows = dump.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.map(({ type }) => type)).toEqual(["greeting", "ready", "message", "message", "message", "message"]);
  });

  it("speaks JSON both ways, so that its output is its input", async () => {
    await using subscriber = new Subscriber();
    subscriber.subscribe("a");
    const url = await subscriber.bind("tcp://127.0.0.1:0");
    const line = '{"timeUtcMs":1,"parts":["a\\t","é",{"hex":"00ff"}]}';
    const run = command.run(["zmq", "pub", url, "--json"], { stdin: lines(line, '["b"]', '"a2"') });
    const got = [await subscriber.receive(), await subscriber.receive()];
    expect(got[0]!.map((part) => Buffer.from(part).toString("hex"))).toEqual(["6109", "c3a9", "00ff"]);
    expect(text(got[1]!)).toEqual(["a2"]);
    expect((await run).code).toBe(0);
    await using publisher = new Publisher();
    const other = await publisher.bind("tcp://127.0.0.1:0");
    const printed = command.run([
      "zmq",
      "sub",
      other,
      "--subscribe",
      "x",
      "--subscribe",
      "y",
      "--json",
      "--count",
      "2",
    ]);
    const ticking = setInterval(() => void publisher.sendBatch([["z"], ["x", Uint8Array.of(0xff)]]), 20);
    const rows = (await printed).stdout
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row));
    clearInterval(ticking);
    expect(rows.map(({ parts }) => parts)).toEqual([
      ["x", { hex: "ff" }],
      ["x", { hex: "ff" }],
    ]);
  });

  it("asks and answers in turn", async () => {
    await using reply = new Reply();
    const url = await reply.bind("tcp://127.0.0.1:0");
    const asking = command.run(["zmq", "req", url], { stdin: lines("1", "2") });
    for (let i = 0; i < 2; i++) await reply.send([`re ${text(await reply.receive())[0]}`]);
    expect(await asking).toMatchObject({ code: 0, stdout: "re 1\nre 2\n" });
    await using request = new Request();
    const other = await request.bind("tcp://127.0.0.1:0");
    const answering = command.run(["zmq", "rep", other, "--echo", "--count", "1"]);
    await request.send("hello");
    expect(text(await request.receive())).toEqual(["hello"]);
    expect(await answering).toMatchObject({ code: 0, stdout: "hello\n" });
  });

  it("gives up in time and says who was not there", async () => {
    const { code, stderr } = await command.run(["zmq", "pull", "tcp://127.0.0.1:9", "--timeout", "300ms"]);
    expect(code).toBe(1);
    expect(stderr).toContain("tcp://127.0.0.1:9: connection refused; trying again");
    expect(stderr).toContain("nobody was there for 300 ms (connected to tcp://127.0.0.1:9)");
  });

  it("binds, says where, and ends on a signal with what it has printed", async () => {
    const child = spawn(process.execPath, [
      join(command.folder, "dist/node/cli.mjs"),
      "zmq",
      "pull",
      "tcp://127.0.0.1:*",
      "--bind",
    ]);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    const url = await new Promise<string>((resolve) => {
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
        const found = /bound to (\S+)\n/.exec(stderr)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    await using push = new Push();
    push.connect(url);
    await push.send("late");
    while (!stdout.includes("late\n")) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  });

  it("speaks CURVE and PLAIN, with secrets from files", async () => {
    const serverSecret = new Uint8Array(32).fill(3);
    await using pull = new Pull({ curveServer: true, curveSecretKey: serverSecret, authenticate: () => true });
    const url = await pull.bind("tcp://127.0.0.1:0");
    const key = z85Encode(nobleCurve.publicKey(serverSecret));
    const sealed = command.run(["zmq", "push", url, "--curve-server-key", key], { stdin: lines("sealed") });
    expect(text(await pull.receive())).toEqual(["sealed"]);
    expect((await sealed).code).toBe(0);

    const password = join(command.folder, "password");
    writeFileSync(password, "secret\n");
    const seen: string[] = [];
    await using plain = new Pull({
      plainServer: true,
      authenticate: (caller) => {
        const { request } = caller;
        if (request.mechanism === "PLAIN") seen.push(...text([request.username, request.password]));
        return true;
      },
    });
    const other = await plain.bind("tcp://127.0.0.1:0");
    const args = ["zmq", "push", other, "--plain-user", "me", "--plain-password-file", password];
    const run = command.run(args, { stdin: lines("x") });
    expect(text(await plain.receive())).toEqual(["x"]);
    expect(seen).toEqual(["me", "secret"]);
    expect((await run).code).toBe(0);
  });

  it.each([
    [["zmq"], "expected a TYPE"],
    [["zmq", "pul", "tcp://127.0.0.1:1"], "did you mean pull?"],
    [["zmq", "pull"], "expected a URL"],
    [["zmq", "pull", "tcp://127.0.0.1:1", "--plain-user", "a", "--curve-server"], "exclude each other"],
    [["zmq", "pull", "tcp://127.0.0.1:1", "--count", "0"], "--count"],
  ])("refuses %j", async (args, expected) => {
    const { code, stderr } = await command.run(args);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });

  it("has a page", async () => {
    const { stdout } = await command.run(["help", "zmq"]);
    expect(stdout).toContain("tidewire zmq TYPE URL…");
    expect(existsSync(join(command.folder, "seen.zmtp"))).toBe(true);
    expect(readFileSync(join(command.folder, "seen.zmtp"))[0]).toBe(0xff);
  });
});
