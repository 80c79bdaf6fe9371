import { expect, it } from "vitest";
import { parseEndpoint } from "../../src/sockets/endpoint.ts";

it.each([
  ["tcp://127.0.0.1:5555", { transport: "tcp", host: "127.0.0.1", port: 5_555 }],
  ["tcp://*:*", { transport: "tcp", host: "*", port: 0 }],
  ["tcp://[::1]:80", { transport: "tcp", host: "::1", port: 80 }],
  ["tcp://some-host.example:0", { transport: "tcp", host: "some-host.example", port: 0 }],
  ["ipc:///tmp/a b", { transport: "ipc", path: "/tmp/a b" }],
  ["inproc://any name: at all", { transport: "inproc", name: "any name: at all" }],
  ["ws://localhost:80", { transport: "ws", host: "localhost", port: 80, path: "/" }],
  ["wss://[fe80::1%eth0]:443/zmq?a=b", { transport: "wss", host: "fe80::1%eth0", port: 443, path: "/zmq?a=b" }],
])("%s is an endpoint", (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint);
});

it.each([
  "",
  "tcp://",
  "tcp://host",
  "tcp://host:65536",
  "tcp://host:port",
  "tcp://host:80/path",
  "tcp://::1:80",
  "udp://host:80",
  "inproc://",
  "ipc://",
  `tcp://${"x".repeat(2_000)}:80`,
])("%s is none", (text) => {
  expect(() => parseEndpoint(text)).toThrow("sockets/bad-endpoint");
});
