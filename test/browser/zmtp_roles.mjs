// What servers of the page do; the same for every make that has the classes of `zeromq` 6.

/** More than a page may send to libzmq in one part; the other way there is no such bound. */
const largeBytes = 1_048_576;

/** Sends back whatever comes, until the socket is closed. */
async function echo(socket) {
  try {
    for await (const parts of socket) await socket.send(parts);
  } catch {
    // Closed, or the one who asked has gone.
  }
}

/** Answers each subscription with a message that does not match and one that does. */
async function publish(socket) {
  for await (const [subscription] of socket) {
    if (subscription[0] !== 1) continue;
    await socket.send(["?", "for nobody"]);
    await socket.send([`${Buffer.from(subscription.subarray(1))}-topic`, "news", new Uint8Array(largeBytes)]);
  }
}

/**
 * Binds one socket of each role.
 *
 * @param {object} zmq the classes
 * @param {string} endpoint with any port
 * @returns {Promise<{ place: Record<string, string>, sockets: object[] }>}
 */
export async function serveRoles(zmq, endpoint) {
  const sockets = {
    reply: new zmq.Reply({ linger: 0 }),
    router: new zmq.Router({ linger: 0 }),
    publisher: new zmq.XPublisher({ linger: 0 }),
  };
  const place = {};
  for (const [role, socket] of Object.entries(sockets)) {
    await socket.bind(endpoint);
    place[role] = socket.lastEndpoint;
  }
  void echo(sockets.reply);
  void echo(sockets.router);
  publish(sockets.publisher).catch(() => {});
  return { place, sockets: Object.values(sockets) };
}
