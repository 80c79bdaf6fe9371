// libzmq in a process of its own, by npm's `zeromq`: says where it is bound, and ends with its parent.
import process from "node:process";
import * as zmq from "zeromq";
import { serveRoles } from "./zmtp_roles.mjs";

const { place } = await serveRoles(zmq, "ws://127.0.0.1:*/");
process.on("disconnect", () => process.exit());
process.send?.(place);
