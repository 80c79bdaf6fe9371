import { expect, it } from "vitest";
import { nodeSocketHost } from "../../../src/node/zmtp/socket_host.ts";
import { hostCases } from "./host_cases.ts";

it.each(hostCases(nodeSocketHost))("$name", async ({ run }) => {
  await expect(run()).resolves.toBeUndefined();
});
