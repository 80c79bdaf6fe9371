import assert from "node:assert/strict";
import { credsAuthenticator, nkeyAuthenticator, nkeys } from "@nats-io/transport-node";
import { readNatsAccess } from "../../deno/nats_access.ts";
import { parseServeOptions } from "../../deno/serve_options.ts";
import { NatsAccounts, seedOf } from "./nats_accounts.ts";
import { NATS_SERVER, NatsUnderTest } from "./nats_server.ts";
import { Pki } from "./pki.ts";
import { COMMON_FLAGS, ServerUnderTest, streamServeArgs } from "./server_under_test.ts";
import { TcpAgent } from "./tcp_agent.ts";

const ignore = NATS_SERVER === undefined;

/** What is told by a server that does not start: one line, and the exit code. */
async function refusal(url: string, flags: readonly string[]): Promise<string> {
  const args = streamServeArgs(url, [...COMMON_FLAGS, ...flags]);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.equal(code, 1);
  return new TextDecoder().decode(stderr);
}

async function storeTwo(nats: NatsUnderTest, flags: readonly string[]): Promise<void> {
  const before = (await nats.records("FLEET").catch(() => [])).length;
  const server = await ServerUnderTest.startOnStream(nats.storeUrl("FLEET", 1), flags);
  try {
    const agent = await TcpAgent.connect(server.port, "a");
    await agent.send(before + 1);
    await agent.send(before + 2);
    await agent.storedCount(2);
    await agent.close();
    assert.equal(await server.stop(), 0);
  } finally {
    server.end();
  }
  assert.equal((await nats.records("FLEET")).length, before + 2);
}

async function withFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "tidewire-access-" });
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test({
  name: "NATS over TLS, known by an nkey: the right ones work, wrong ones say what to do",
  ignore,
  fn: () =>
    withFolder(async (dir) => {
      const pki = await Pki.make(`${dir}/pki`);
      const other = await Pki.make(`${dir}/other`);
      const user = nkeys.createUser();
      await Deno.writeTextFile(`${dir}/user.nk`, `${seedOf(user)}\n`);
      await Deno.writeTextFile(`${dir}/stranger.nk`, `${seedOf(nkeys.createUser())}\n`);
      await Deno.writeTextFile(`${dir}/broken.nk`, "not a seed");
      const config = `
        tls { cert_file: "${pki.dir}/server.pem", key_file: "${pki.dir}/server.key" }
        authorization { users: [ { nkey: ${user.getPublicKey()}, permissions: {
          publish: ["tidewire.snapshots.>", "$JS.API.>"], subscribe: "_INBOX.>" } } ] }`;
      const authenticator = nkeyAuthenticator(user.getSeed());
      const nats = await NatsUnderTest.startWith(() => Promise.resolve(config), {
        authenticator,
        tls: readNatsAccess({
          ca: `${pki.dir}/ca.pem`,
          credentials: undefined,
          plaintext: false,
          hostnames: ["127.0.0.1"],
        }).tls!,
      });
      try {
        const ca = ["--nats-ca", `${pki.dir}/ca.pem`];
        const known = ["--nats-credentials", `${dir}/user.nk`];
        await storeTwo(nats, [...ca, ...known]);
        const url = nats.storeUrl("FLEET", 1);
        for (const [flags, code, message] of [
          [ca, "server/credentials-unusable", /says.*Authorization Violation.*give --nats-credentials/],
          [
            [...ca, "--nats-credentials", `${dir}/stranger.nk`],
            "server/credentials-unusable",
            /give --nats-credentials/,
          ],
          [
            [...ca, "--nats-credentials", `${dir}/broken.nk`],
            "server/credentials-unusable",
            /broken\.nk: found neither, expected a user's nkey seed/,
          ],
          [
            [...ca, "--nats-credentials", `${dir}/missing.nk`],
            "server/credentials-unusable",
            /missing\.nk: No such file/,
          ],
          [
            ["--nats-ca", `${dir}/user.nk`, ...known],
            "server/credentials-unusable",
            /--nats-ca .*found no certificate/,
          ],
          [
            ["--nats-ca", `${other.dir}/ca.pem`, ...known],
            "server/credentials-unusable",
            /can't trust .*with --nats-ca/,
          ],
          [known, "server/credentials-unusable", /can't trust .*with --nats-ca/],
        ] as const) {
          const told = await refusal(url, flags);
          assert.ok(told.includes(code), told);
          assert.match(told, message);
          assert.ok(!told.includes(seedOf(user)) && !told.includes("not a seed"), "a secret is told");
        }
      } finally {
        await nats.dispose();
      }
    }),
});

Deno.test({
  name: "a server that NATS does not take back any more is not ready; once it is let in again all is stored",
  ignore,
  fn: () =>
    withFolder(async (dir) => {
      const [user, stranger] = [nkeys.createUser(), nkeys.createUser()];
      const users = (key: typeof user): string => `authorization { users: [ { nkey: ${key.getPublicKey()} } ] }`;
      await Deno.writeTextFile(`${dir}/user.nk`, seedOf(user));
      let file = "";
      const config = (natsDir: string): Promise<string> => {
        file = `${natsDir}/nats.conf`;
        return Promise.resolve(users(user));
      };
      const nats = await NatsUnderTest.startWith(config, { authenticator: nkeyAuthenticator(user.getSeed()) });
      const flags = ["--nats-credentials", `${dir}/user.nk`];
      const server = await ServerUnderTest.startOnStream(nats.storeUrl("FLEET", 1), flags);
      try {
        const agent = await TcpAgent.connect(server.port, "a");
        await agent.send(1);
        await agent.storedCount(1);
        await nats.servers[0]!.kill();
        await server.logged("storeDisconnected");
        await Deno.writeTextFile(file, users(stranger));
        nats.servers[0]!.restart();
        await agent.send(2);
        // Long enough to be turned away more than twice, which the client takes for good unless it is told otherwise.
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        assert.equal((await server.http("/readyz")).status, 503);
        await nats.servers[0]!.kill();
        await Deno.writeTextFile(file, users(user));
        nats.servers[0]!.restart();
        await agent.storedCount(2);
        await agent.close();
        assert.equal(await server.stop(), 0);
      } finally {
        server.end();
        await nats.dispose();
      }
    }),
});

Deno.test({
  name: "NATS with accounts, known by a creds file; another account's user is turned away",
  ignore,
  fn: () =>
    withFolder(async (dir) => {
      const accounts = new NatsAccounts();
      const creds = accounts.user();
      await Deno.writeTextFile(`${dir}/user.creds`, creds);
      await Deno.writeTextFile(`${dir}/stranger.creds`, new NatsAccounts().user());
      const authenticator = credsAuthenticator(new TextEncoder().encode(creds));
      const nats = await NatsUnderTest.startWith(() => Promise.resolve(accounts.config), { authenticator });
      try {
        await storeTwo(nats, ["--nats-credentials", `${dir}/user.creds`]);
        const told = await refusal(nats.storeUrl("FLEET", 1), ["--nats-credentials", `${dir}/stranger.creds`]);
        assert.match(told, /server\/credentials-unusable.*give --nats-credentials/);
      } finally {
        await nats.dispose();
      }
    }),
});

Deno.test("credentials for NATS without a stream are a mistake", () => {
  assert.throws(() => parseServeOptions(["--nats-ca", "ca.pem"]), /need --store jetstream/);
  assert.throws(() => parseServeOptions(["--nats-credentials", "a.creds"]), /need --store jetstream/);
});
