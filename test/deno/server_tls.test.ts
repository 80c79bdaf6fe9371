import assert from "node:assert/strict";
import { connect } from "node:tls";
import { issueAgent, issueCa, issueServer } from "../../src/node/certificates.ts";
import { Pki } from "./pki.ts";
import { rawMessages } from "./raw_messages.ts";
import { ServerUnderTest, serveArgs } from "./server_under_test.ts";
import { type ClientTls, TcpAgent } from "./tcp_agent.ts";

/** Runs with a CA of its own and a folder for the store; both are gone afterwards. */
async function withPki(run: (pki: Pki, store: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(await Pki.make(`${dir}/pki`), `${dir}/store`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Says a Handshake to the server over TLS as a peer that minds nothing; gives the bytes that came back. */
function rawPeer(port: number, { cert, key }: Partial<ClientTls>, maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<number> {
  return new Promise((resolve) => {
    let bytes = 0;
    const identity = cert === undefined ? {} : { cert, key };
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion, ...identity }, () => {
      socket.write(rawMessages("victim").handshake);
    });
    socket.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(bytes));
  });
}

/** The serial number that the server shows now. */
function shownSerial(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      resolve(serialNumber);
    });
    socket.on("error", reject);
  });
}

Deno.test("mutual TLS: an agent is who its certificate says, and nobody else comes near a session", () =>
  withPki(async (pki, store) => {
    const server = await ServerUnderTest.start(store, pki.flags);
    assert.equal(server.first("listening")!["tls"], "mutual");
    const victim = await TcpAgent.connect(server.port, "victim", await pki.agent("victim"));
    const unicode = await TcpAgent.connect(server.port, "Zürich/3, URI:x", await pki.agent("Zürich/3, URI:x"));
    for (const agent of [victim, unicode]) {
      await agent.send(1, 150_000);
      await agent.storedCount(1);
    }

    const liar = await TcpAgent.open(server.port, "victim", await pki.agent("liar"));
    assert.equal((await liar.told("serverError")).errorName, "UNAUTHORIZED");
    await liar.ended;
    const { agentId, peerAgentIds } = await server.logged("unauthorized");
    assert.deepEqual({ agentId, peerAgentIds }, { agentId: "victim", peerAgentIds: "liar" });

    const foreignCa = await issueCa("test", { fromMs: Date.now() - 1e6, toMs: Date.now() + 1e8 });
    const validity = { fromMs: Date.now() - 1e6, toMs: Date.now() + 1e8 };
    const asClient = ({ certificate, key }: { certificate: string; key: string }) => ({ cert: certificate, key });
    const peers: readonly [reason: string, tls: Partial<ClientTls>, version: "TLSv1.2" | "TLSv1.3"][] = [
      ["certificate-missing", {}, "TLSv1.3"],
      ["certificate-expired", await pki.agent("victim", -3, -2), "TLSv1.3"],
      ["certificate-expired", await pki.agent("victim", 2, 3), "TLSv1.3"],
      ["certificate-untrusted", asClient(await issueAgent(foreignCa, "victim", validity)), "TLSv1.3"],
      ["certificate-untrusted", asClient(await issueServer(pki.ca, ["victim"], validity)), "TLSv1.3"],
      ["certificate-untrusted", asClient(foreignCa), "TLSv1.3"],
      ["tls-failed", await pki.agent("victim"), "TLSv1.2"],
    ];
    const opened = await server.metric("tidewire_connections_opened_total");
    for (const [reason, tls, version] of peers) {
      const series = `tidewire_tls_failures_total{reason="${reason}"}`;
      const before = await server.metric(series);
      assert.equal(await rawPeer(server.port, tls, version), 0, reason);
      // The peer may hear of its end before the server has counted it.
      for (let tries = 0; tries < 50 && (await server.metric(series)) === before; tries++);
      assert.equal(await server.metric(series), before + 1, reason);
    }
    const plain = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    await plain.write(rawMessages("victim").handshake);
    const answer = new Uint8Array(100);
    const count = (await plain.read(answer)) ?? 0;
    assert.ok(count === 0 || answer[0] === 21, "a TLS alert, and nothing of the protocol");
    plain.close();
    assert.equal(await server.metric("tidewire_connections_opened_total"), opened);
    assert.equal(await server.metric("tidewire_half_open_connections"), 0);

    // The one who was there all along has noticed nothing of it.
    await victim.send(2);
    await victim.storedCount(2);
    await victim.close();
    await unicode.close();
    assert.equal(await server.stop(), 0);
    assert.equal(server.count("agentReplaced"), 0);
  }));

Deno.test("new certificates on SIGHUP: connections stay, the next one meets them, and a broken file changes nothing", () =>
  withPki(async (pki, store) => {
    const server = await ServerUnderTest.start(store, pki.flags);
    const agent = await TcpAgent.connect(server.port, "a", await pki.agent("a"));
    const first = await shownSerial(server.port);
    await pki.renewServer();
    assert.equal(await shownSerial(server.port), first);
    server.kill("SIGHUP");
    await server.logged("tlsReloaded");
    const second = await shownSerial(server.port);
    assert.notEqual(second, first);

    const cert = await Deno.readTextFile(`${pki.dir}/server.pem`);
    await Deno.writeTextFile(`${pki.dir}/server.pem`, cert.slice(0, 200));
    server.kill("SIGHUP");
    assert.match(String((await server.logged("tlsReloadFailed"))["reason"]), /--tls-cert .*found no certificate/);
    assert.equal(await shownSerial(server.port), second);
    await Deno.writeTextFile(`${pki.dir}/server.pem`, cert);

    // A CA that is exchanged: who has a certificate of the old one does not come in any more, and who is in stays.
    const old = await pki.agent("b");
    const other = await Pki.make(`${pki.dir}/other`);
    await Deno.copyFile(`${other.dir}/ca.pem`, `${pki.dir}/ca.pem`);
    server.lines.splice(
      server.lines.findIndex(({ event }) => event === "tlsReloaded"),
      1,
    );
    server.kill("SIGHUP");
    await server.logged("tlsReloaded");
    assert.equal(await rawPeer(server.port, old, "TLSv1.3"), 0);
    const { cert: newCert, key } = await other.agent("b");
    const late = await TcpAgent.connect(server.port, "b", { caCerts: old.caCerts, cert: newCert!, key: key! });
    for (const one of [agent, late]) {
      await one.send(1);
      await one.storedCount(1);
      await one.close();
    }
    assert.equal(await server.stop(), 0);
  }));

Deno.test("TLS without a client CA takes agents as they come, and drains like any other", () =>
  withPki(async (pki, store) => {
    const server = await ServerUnderTest.start(store, pki.serverFlags);
    const agent = await TcpAgent.connect(server.port, "a", { caCerts: [pki.ca.certificate] });
    // One that is still under handshake when the end comes.
    const silent = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
    while ((await server.metric("tidewire_half_open_connections")) === 0);
    for (let n = 0; n < 50; n++) await agent.send(n);
    await agent.storedCount(50);
    assert.equal(await server.stop(), 0);
    assert.equal((await agent.told("serverError")).errorName, "SHUTTING_DOWN");
    assert.equal(await silent.read(new Uint8Array(1)), null);
    silent.close();
  }));

Deno.test("files that can't be used keep it from starting, and say why", () =>
  withPki(async (pki, store) => {
    const run = async (flags: readonly string[]): Promise<string> => {
      const all = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", ...flags];
      const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: serveArgs(store, all) }).output();
      assert.equal(code, 1);
      return new TextDecoder().decode(stderr);
    };
    const [, cert, , key] = pki.serverFlags as [string, string, string, string];
    assert.match(
      await run(["--tls-cert", `${pki.dir}/none`, "--tls-key", key]),
      /credentials-unusable: --tls-cert .*none/,
    );
    assert.match(await run(["--tls-cert", key, "--tls-key", key]), /found no certificate, expected PEM/);
    assert.match(await run(["--tls-cert", cert, "--tls-key", cert]), /found no private key/);
    const other = await Pki.make(`${pki.dir}/other`);
    const mixed = ["--tls-cert", cert, "--tls-key", `${other.dir}/server.key`];
    assert.match(await run(mixed), /is not the key of --tls-cert/);
    await Deno.writeTextFile(`${pki.dir}/token`, "short\n");
    assert.match(await run(["--http-token-file", `${pki.dir}/token`]), /--http-token-file .*at least 16 characters/);
  }));

Deno.test("with a token file HTTP answers who brings the token, and a new one after SIGHUP", () =>
  withPki(async (pki, store) => {
    const file = `${pki.dir}/token`;
    await Deno.writeTextFile(file, "0123456789abcdef-first\n");
    const server = await ServerUnderTest.start(store, ["--http-token-file", file]);
    const status = async (authorization?: string): Promise<number> => {
      const { status } = await server.http(
        "/metrics",
        authorization === undefined ? {} : { headers: { authorization } },
      );
      return status;
    };
    assert.equal(await status(), 401);
    for (const wrong of [
      "Bearer 0123456789abcdef",
      "Basic 0123456789abcdef-first",
      "Bearer",
      "0123456789abcdef-first",
    ]) {
      assert.equal(await status(wrong), 401, wrong);
    }
    assert.equal(await status("Bearer 0123456789abcdef-first"), 200);
    assert.equal((await server.http("/healthz")).status, 401);
    await Deno.writeTextFile(file, "0123456789abcdef-second\n");
    server.kill("SIGHUP");
    while ((await status("Bearer 0123456789abcdef-second")) !== 200);
    assert.equal(await status("Bearer 0123456789abcdef-first"), 401);
    await server.stop();
  }));
