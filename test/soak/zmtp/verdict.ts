import type { ChurnReport } from "./churn.ts";
import type { HubSample } from "./messages.ts";

/** A heap that was collected still settles by so much, whatever went through it: 320 KB in the longest run, less in shorter ones. */
const HEAP_SLACK_BYTES = 500_000;
/** A reconnect may leave this for good; a pipe that is kept is a thousand and more. */
const BYTES_PER_RECONNECT = 100;
/** A connection's memory for reading grows and shrinks with its traffic, up to 1 MiB for the few that have a flood. */
const BUFFER_BYTES_PER_PEER = 131_072;
/** A socket has one timer or none, depending on the moment. */
const TIMERS = "Timeout";

/** What is not as it should be; nothing if all is well. */
export function faultsOf(report: ChurnReport): string[] {
  const { peers, idle, firstRest, lastRest, closed, reconnects } = report;
  const faults: string[] = [];
  for (const [name, rest] of [
    ["first", firstRest],
    ["last", lastRest],
  ] as const) {
    if (rest.peers !== peers) faults.push(`${rest.peers} peers at the ${name} rest, expected ${peers}`);
  }
  if (closed.broken > 0) faults.push(`${closed.broken} messages were not whole`);
  if (reconnects < peers) faults.push(`${reconnects} reconnects, expected at least one a peer`);
  const heapBytes = lastRest.heapBytes - firstRest.heapBytes;
  const maxHeapBytes = HEAP_SLACK_BYTES + BYTES_PER_RECONNECT * reconnects;
  if (heapBytes > maxHeapBytes) faults.push(`the heap grew by ${heapBytes} bytes, expected at most ${maxHeapBytes}`);
  const bufferBytes = lastRest.bufferBytes - firstRest.bufferBytes;
  const maxBufferBytes = BUFFER_BYTES_PER_PEER * peers;
  if (bufferBytes > maxBufferBytes) {
    faults.push(`buffers grew by ${bufferBytes} bytes, expected at most ${maxBufferBytes}`);
  }
  for (const [kind, count] of Object.entries(lastRest.objects)) {
    if (count !== peers) faults.push(`${count} living ${kind}s for ${peers} peers`);
    const left = closed.objects[kind]!;
    if (left > 0) faults.push(`${left} living ${kind}s once all was closed`);
  }
  faults.push(...handleFaults("from rest to rest", firstRest, lastRest, false));
  faults.push(...handleFaults("once all was closed", idle, closed, true));
  return faults;
}

function handleFaults(when: string, before: HubSample, after: HubSample, withTimers: boolean): string[] {
  const kinds = new Set([...Object.keys(before.handles), ...Object.keys(after.handles)]);
  if (!withTimers) kinds.delete(TIMERS);
  return [...kinds].flatMap((kind) => {
    const [was, is] = [before.handles[kind] ?? 0, after.handles[kind] ?? 0];
    return was === is ? [] : [`${kind} handles ${when}: ${is}, expected ${was}`];
  });
}
