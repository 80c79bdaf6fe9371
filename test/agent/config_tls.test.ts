import { expect, test } from "vitest";
import { describeProblem, resolveConfig } from "../../src/agent/config.ts";

test("TLS needs no flag, and who names a CA or a certificate has it", () => {
  const server = "10.0.0.1:1";
  for (const flags of [{ tls: true }, { tlsCa: "ca.pem" }, { tlsCert: "a.pem", tlsKey: "a.key" }]) {
    const { config, problems } = resolveConfig({ flags: { server, ...flags } });
    expect(problems).toEqual([]);
    expect(config.tls).toBe(true);
  }
  expect(resolveConfig({ flags: {} }).config.tls).toBe(false);
  const { config, problems } = resolveConfig({ flags: { server, tls: false }, file: { tlsCa: "ca.pem" } });
  expect([config.tls, problems[0]?.key]).toEqual([false, "server"]);
});

test("a certificate comes with its key", () => {
  const alone = resolveConfig({ flags: { tlsCert: "a.pem" } }).problems;
  expect(alone.map(describeProblem)).toEqual(["--tls-cert: found no tlsKey, expected tlsKey as well"]);
  expect(resolveConfig({ flags: {}, file: { tlsKey: "a.key" } }).problems).toMatchObject([{ key: "tlsKey" }]);
  expect(resolveConfig({ flags: { tlsCert: "a.pem" }, file: { tlsKey: "a.key" } }).problems).toEqual([]);
});
