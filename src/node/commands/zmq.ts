import { closestName } from "../../agent/closest_name.ts";
import { printable } from "../../inspect/mod.ts";
import { type Command, type CommandIo, UsageError } from "../command.ts";
import { flagLines, parseFlags } from "../flags.ts";
import { openZmqSocket, ZMQ_ROLES, type ZmqSocket } from "../zmq/open_zmq_socket.ts";
import { ZMQ_FLAGS, zmqSettings } from "../zmq/zmq_flags.ts";
import { ZmqRun } from "../zmq/zmq_run.ts";

const USAGE = `tidewire zmq: talk to ZeroMQ sockets

  tidewire zmq TYPE URL… [options]

TYPE      what it does
sub pull  prints each message that comes in, one a line
push      sends each line of standard input
pub       the same, once somebody subscribes
req       sends each line, and prints the reply to it
rep       prints each request, and answers with the next line (or --echo)
dealer router pair xpub xsub
          sends lines and prints messages, both at once

URL is tcp://HOST:PORT, ipc://PATH, ws://HOST:PORT/PATH or wss://…; any number of them. Parts of a
message stand on a line with tabs between them; what is not plain text is shown as 0x and
hexadecimal digits. Connections that break are made anew until the end; what is wrong with one is
told on standard error.

${flagLines(ZMQ_FLAGS)}

Exit codes: 0 done, or stopped by a signal, 1 nobody was there in time or it can't be done, 2 usage.

Examples
  tidewire zmq sub tcp://127.0.0.1:5556 --subscribe db- --json | jq .parts[0]
  seq 1000 | tidewire zmq push tcp://127.0.0.1:5557
  echo ping | tidewire zmq req tcp://127.0.0.1:5555 --timeout 2s
  tidewire zmq pull tcp://*:5557 --bind --save seen.zmtp; tidewire dump seen.zmtp
`;

/** `tidewire zmq` */
export const zmqCommand: Command = {
  name: "zmq",
  summary: "talk to ZeroMQ sockets: print what comes, send lines",
  usage: USAGE,
  async run(args, io): Promise<number> {
    const { values, positionals } = parseFlags(ZMQ_FLAGS, args);
    const [type, ...urls] = positionals;
    const role = type === undefined || !Object.hasOwn(ZMQ_ROLES, type) ? undefined : ZMQ_ROLES[type];
    if (role === undefined) throw unknownType(type);
    const settings = zmqSettings(values, urls);
    const socket = openZmqSocket(type!, settings);
    if (settings.publicKey !== undefined) io.stderr.write(`public key ${settings.publicKey}\n`);
    tellTrouble(socket, io);
    const stopped = new AbortController();
    const stop = (): void => stopped.abort();
    process.once("SIGINT", stop).once("SIGTERM", stop);
    return await new ZmqRun(socket, settings, io).run(role, stopped.signal);
  },
};

function unknownType(type: string | undefined): UsageError {
  const types = Object.keys(ZMQ_ROLES);
  if (type === undefined) return new UsageError(`expected a TYPE (${types.join(", ")}) and a URL`);
  const meant = closestName(type, types);
  const hint = meant === undefined ? `; there is ${types.join(", ")}` : `; did you mean ${meant}?`;
  return new UsageError(`unknown type ${printable(type)}${hint}`);
}

/** Each reason once: a peer that is dialled again and again says the same each time. */
function tellTrouble(socket: ZmqSocket, io: CommandIo): void {
  let told = "";
  const tell = (text: string): void => {
    if (text !== told) io.stderr.write(`tidewire: ${printable(text)}\n`);
    told = text;
  };
  socket.events.on("connect:retry", ({ address, reason }) => tell(`${address}: ${reason}; trying again`));
  for (const type of ["handshake:error:protocol", "handshake:error:auth", "handshake:error:other"] as const) {
    socket.events.on(type, ({ address, error }) => tell(`${address}: ${error.message}`));
  }
}
