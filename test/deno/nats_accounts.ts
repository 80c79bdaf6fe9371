import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** No bound on anything that an account may do. */
const ACCOUNT_LIMITS = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
  mem_storage: -1,
  disk_storage: -1,
  streams: -1,
  consumer: -1,
};
const USER_LIMITS = { subs: -1, data: -1, payload: -1 };

/** An operator, an account with JetStream, and its users, as `nsc` would make them: who is let in by a JWT. */
export class NatsAccounts {
  readonly #operator: KeyPair = nkeys.createOperator();
  readonly #account: KeyPair = nkeys.createAccount();
  readonly #system: KeyPair = nkeys.createAccount();

  /** The lines of a server's configuration. */
  get config(): string {
    const [operator, account, system] = [this.#operator, this.#account, this.#system];
    const systemId = system.getPublicKey();
    const operatorJwt = jwt("operator", operator, operator, { type: "operator", version: 2, system_account: systemId });
    const accountOf = (key: KeyPair, limits: object): string =>
      `${key.getPublicKey()}: ${jwt("account", operator, key, { type: "account", version: 2, limits })}`;
    const { mem_storage: _, disk_storage: __, streams: ___, consumer: ____, ...systemLimits } = ACCOUNT_LIMITS;
    return [
      `operator: ${operatorJwt}`,
      `system_account: ${systemId}`,
      "resolver: MEMORY",
      `resolver_preload: { ${accountOf(account, ACCOUNT_LIMITS)}, ${accountOf(system, systemLimits)} }`,
    ].join("\n");
  }

  /** A `.creds` file of a new user. */
  user(): string {
    const user = nkeys.createUser();
    const token = jwt("user", this.#account, user, { type: "user", version: 2, ...USER_LIMITS });
    return [
      `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n`,
      `-----BEGIN USER NKEY SEED-----\n${seedOf(user)}\n------END USER NKEY SEED------\n`,
    ].join("\n");
  }
}

/** What stands in the file of an nkey. */
export function seedOf(key: KeyPair): string {
  return new TextDecoder().decode(key.getSeed());
}

function jwt(name: string, issuer: KeyPair, subject: KeyPair, nats: object): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { iat, iss: issuer.getPublicKey(), name, sub: subject.getPublicKey(), nats };
  const jti = createHash("sha256").update(JSON.stringify(claims)).digest("base64url");
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part({ jti, ...claims })}`;
  return `${signed}.${Buffer.from(issuer.sign(new TextEncoder().encode(signed))).toString("base64url")}`;
}
