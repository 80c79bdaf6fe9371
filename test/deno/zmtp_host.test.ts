import { nodeSocketHost } from "../../src/node/zmtp/socket_host.ts";
import { hostCases } from "../node/zmtp/host_cases.ts";

for (const one of hostCases(nodeSocketHost)) {
  Deno.test(`the host of sockets on Deno: ${one.name}`, () => one.run());
}
