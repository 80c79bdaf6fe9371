import { expect, test } from "vitest";
import { resolveConfig } from "../../src/agent/config.ts";

test("a certificate and its key need each other", () => {
  const files = { tlsCert: "/etc/agent.pem", tlsKey: "/etc/agent.key" };
  const both = resolveConfig({ flags: {}, file: files });
  expect(both.problems).toEqual([]);
  expect(both.config).toMatchObject({ ...files, tls: true });
  for (const [key, found] of Object.entries(files)) {
    const { problems } = resolveConfig({ flags: {}, file: { [key]: found } });
    expect(problems).toMatchObject([{ key, from: "file" }]);
    expect(resolveConfig({ flags: {}, file: { ...files, [key]: "" } }).problems[0]).toMatchObject({ key });
  }
});
