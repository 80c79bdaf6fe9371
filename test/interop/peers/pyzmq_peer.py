# libzmq 4.3.4 by Debian's pyzmq, told what to do by JSON lines (see peer.ts). It speaks the words of zeromq_peer.mjs.
import asyncio
import base64
import hashlib
import json
import sys

import zmq
import zmq.asyncio
from zmq.utils.monitor import parse_monitor_message

CONTEXT = zmq.asyncio.Context()
OPTIONS = {
    "sendHighWaterMark": zmq.SNDHWM,
    "receiveHighWaterMark": zmq.RCVHWM,
    "linger": zmq.LINGER,
    "reconnectInterval": zmq.RECONNECT_IVL,
    "reconnectMaxInterval": zmq.RECONNECT_IVL_MAX,
    "handshakeInterval": zmq.HANDSHAKE_IVL,
    "heartbeatInterval": zmq.HEARTBEAT_IVL,
    "heartbeatTimeout": zmq.HEARTBEAT_TIMEOUT,
    "heartbeatTimeToLive": zmq.HEARTBEAT_TTL,
    "immediate": zmq.IMMEDIATE,
    "conflate": zmq.CONFLATE,
    "maxMessageSize": zmq.MAXMSGSIZE,
    "routingId": zmq.IDENTITY,
    "mandatory": zmq.ROUTER_MANDATORY,
    "connectRoutingId": zmq.CONNECT_RID,
    "handover": zmq.ROUTER_HANDOVER,
    "probeRouter": zmq.PROBE_ROUTER,
    "correlate": zmq.REQ_CORRELATE,
    "relaxed": zmq.REQ_RELAXED,
    "noDrop": zmq.XPUB_NODROP,
    "welcomeMessage": zmq.XPUB_WELCOME_MSG,
    "invertMatching": zmq.INVERT_MATCHING,
    "ipv6": zmq.IPV6,
    "plainServer": zmq.PLAIN_SERVER,
    "plainUsername": zmq.PLAIN_USERNAME,
    "plainPassword": zmq.PLAIN_PASSWORD,
    "curveServer": zmq.CURVE_SERVER,
    "curvePublicKey": zmq.CURVE_PUBLICKEY,
    "curveSecretKey": zmq.CURVE_SECRETKEY,
    "curveServerKey": zmq.CURVE_SERVERKEY,
    "zapDomain": zmq.ZAP_DOMAIN,
}
VERBOSITY = {"allSubs": zmq.XPUB_VERBOSE, "allSubsUnsubs": zmq.XPUB_VERBOSER}

sockets = {}
tasks = set()


def raw(text):
    return base64.b64decode(text)


def shown(parts):
    return [base64.b64encode(part).decode() for part in parts]


def digest(parts):
    return [{"bytes": len(part), "sha256": hashlib.sha256(part).hexdigest()} for part in parts]


def pattern(size):
    """The byte at i is i modulo 256."""
    return (bytes(range(256)) * (size // 256 + 1))[:size]


def keep(coroutine):
    task = asyncio.ensure_future(coroutine)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def set_options(socket, given):
    for name, value in given.items():
        if name == "verbosity":
            socket.setsockopt(VERBOSITY[value], 1)
            continue
        if isinstance(value, dict):
            value = raw(value["base64"])
        elif isinstance(value, str):
            value = value.encode()
        else:
            value = int(value)
        socket.setsockopt(OPTIONS[name], value)


class Entry:
    def __init__(self, kind, options):
        self.socket = CONTEXT.socket(getattr(zmq, kind))
        self.socket.setsockopt(zmq.LINGER, 0)
        set_options(self.socket, options)
        self.events = []
        self.monitor = self.socket.get_monitor_socket()
        keep(self.watch())

    async def watch(self):
        while True:
            event = parse_monitor_message(await self.monitor.recv_multipart())
            self.events.append({"type": zmq.Event(event["event"]).name, "address": event["endpoint"].decode(),
                                "value": event["value"]})

    async def receive(self, timeout_ms):
        while timeout_ms is None or await self.socket.poll(timeout_ms, zmq.POLLIN):
            try:
                return await self.socket.recv_multipart()
            except zmq.Again:  # a REQ calls itself readable for a stale reply, then drops it and has nothing
                continue
        return None

    def close(self):
        self.socket.disable_monitor()
        self.socket.close(linger=0)


async def serve_zap(allowed):
    zap = CONTEXT.socket(zmq.REP)
    zap.setsockopt(zmq.LINGER, 0)
    zap.bind("inproc://zeromq.zap.01")
    while True:
        version, request, _domain, _address, _identity, mechanism, *credentials = await zap.recv_multipart()
        found = {"mechanism": mechanism.decode(), "credentials": shown(credentials)}
        good = found in allowed
        await zap.send_multipart([version, request, b"200" if good else b"400", b"", b"someone" if good else b"", b""])


async def echo(socket):
    while True:
        await socket.send_multipart(await socket.recv_multipart())


async def perform(request):
    op = request["op"]
    if op == "version":
        return {"libzmq": zmq.zmq_version()}
    if op == "curveKeyPair":
        public, secret = zmq.curve_keypair()
        return {"publicKey": public.decode(), "secretKey": secret.decode()}
    if op == "zap":
        return keep(serve_zap(request["allowed"]))
    name = request["name"]
    if op == "socket":
        sockets[name] = Entry(request["type"], request["options"])
        return None
    entry = sockets[name]
    socket = entry.socket
    if op == "bind":
        socket.bind(request["endpoint"])
        return {"endpoint": socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode()}
    if op == "connect":
        set_options(socket, request.get("options") or {})
    if op in ("unbind", "connect", "disconnect"):
        return getattr(socket, op)(request["endpoint"]) and None
    if op in ("subscribe", "unsubscribe"):
        option = zmq.SUBSCRIBE if op == "subscribe" else zmq.UNSUBSCRIBE
        for topic in request["topics"]:
            socket.setsockopt(option, raw(topic))
    elif op == "send":
        await socket.send_multipart([raw(part) for part in request["parts"]])
    elif op == "sendSized":
        await socket.send_multipart([pattern(size) for size in request["sizes"]])
    elif op == "sendCounted":
        first = request.get("from", 0)
        head = [raw(part) for part in request.get("head", [])]
        body = [pattern(request["size"])] if request.get("size") else []
        for i in range(first, first + request["count"]):
            await socket.send_multipart([*head, str(i).encode(), *body])
    elif op == "receive":
        parts = await entry.receive(request.get("timeoutMs"))
        return {"parts": None if parts is None else digest(parts) if request.get("digested") else shown(parts)}
    elif op == "receiveCounted":
        numbers = []
        while len(numbers) < request["count"]:
            parts = await entry.receive(request.get("timeoutMs"))
            if parts is None:
                break
            numbers.append(int(parts[request.get("at", 0)]))
        return {"numbers": numbers}
    elif op == "echo":
        keep(echo(socket))
    elif op == "events":
        return {"events": entry.events}
    elif op == "close":
        entry.close()
        del sockets[name]
    else:
        raise ValueError(f"unknown operation {op}")
    return None


async def answer(request):
    try:
        reply = {"id": request["id"], "result": await perform(request) or {}}
    except Exception as error:  # whatever it was, it is the answer
        reply = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


async def main():
    reader = asyncio.StreamReader(limit=1 << 28)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        keep(answer(json.loads(line)))
    for entry in sockets.values():
        entry.close()


asyncio.run(main())
CONTEXT.destroy(linger=0)
