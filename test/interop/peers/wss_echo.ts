// A ROUTER over wss:// that sends back whatever comes, in a process of its own, on any runtime. Its argument says who binds; it says
// on standard output where it is bound, and ends with its standard input.
import process from "node:process";
import { Router } from "../../../src/node/zmtp/mod.ts";

const { binds, endpoint, tls } = JSON.parse(process.argv[2]!);
const router = new Router({ tls, linger: 0 });
if (binds) {
  console.log(await router.bind(endpoint));
} else {
  // Who connects is asked nothing: it says first that it is there.
  router.connect(endpoint, { routingId: "caller" });
  await router.send(["caller", "here"]);
  console.log(endpoint);
}
process.stdin.resume();
process.stdin.once("end", () => process.exit());
for await (const message of router) await router.send(message);
