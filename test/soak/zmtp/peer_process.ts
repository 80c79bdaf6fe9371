// A process of peers, which may be killed or stopped at any moment. Its task is its argument; deeds are told by its parent.
import process from "node:process";
import type { FromPeers, PeerTask, ToPeers } from "./messages.ts";
import { Peer } from "./peer.ts";

const TICK_MS = 50;

const task: PeerTask = JSON.parse(process.argv[2]!);
const peers = new Map<number, Peer>();
const bound: Record<number, string> = {};
for (let number = task.firstPeer; number < task.firstPeer + task.peers; number++) {
  const peer = new Peer(number, task);
  peers.set(number, peer);
  const endpoint = await peer.start(task.bound[number]);
  if (endpoint !== undefined) bound[number] = endpoint;
}

let ticker: NodeJS.Timeout | undefined;
function pace(isBusy: boolean): void {
  clearInterval(ticker);
  if (!isBusy) return;
  ticker = setInterval(() => {
    for (const peer of peers.values()) peer.tick();
  }, TICK_MS);
}

process.on("message", (message: ToPeers) => {
  if (message.type === "pace") pace(message.isBusy);
  else peers.get(message.peer)?.do(message.deed);
});
process.on("disconnect", () => process.exit());
process.send!({ type: "bound", bound } satisfies FromPeers);
