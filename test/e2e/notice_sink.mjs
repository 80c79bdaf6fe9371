// Run by Deno: takes what systemd would, and says it line by line. The path of the socket is the argument.

async function listen(path) {
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  console.log(JSON.stringify({ level: "info", event: "bound" }));
  for await (const [bytes] of socket) {
    const text = new TextDecoder().decode(bytes);
    // systemd-notify waits until its notice was taken: a descriptor comes with this, and is closed by not being taken.
    if (text !== "BARRIER=1") console.log(JSON.stringify({ level: "info", event: "notice", text }));
  }
}

listen(Deno.args[0]);
