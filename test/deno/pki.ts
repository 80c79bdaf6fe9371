import { type IssuedCertificate, issueAgent, issueCa, issueServer } from "../../src/node/certificates.ts";
import type { ClientTls } from "./tcp_agent.ts";

const DAY_MS = 86_400_000;

/** A CA of a test's own, with a server's files in a folder. */
export class Pki {
  readonly ca: IssuedCertificate;
  readonly dir: string;

  private constructor(dir: string, ca: IssuedCertificate) {
    this.dir = dir;
    this.ca = ca;
  }

  static async make(dir: string): Promise<Pki> {
    await Deno.mkdir(dir, { recursive: true });
    const pki = new Pki(dir, await issueCa("test", days(-1, 10)));
    await Deno.writeTextFile(`${dir}/ca.pem`, pki.ca.certificate);
    await pki.renewServer();
    return pki;
  }

  /** The server's flags for mutual TLS. */
  get flags(): string[] {
    return [...this.serverFlags, "--tls-client-ca", `${this.dir}/ca.pem`];
  }

  /** For TLS that asks agents for nothing. */
  get serverFlags(): string[] {
    return ["--tls-cert", `${this.dir}/server.pem`, "--tls-key", `${this.dir}/server.key`];
  }

  async renewServer(): Promise<string> {
    const { certificate, key } = await issueServer(this.ca, ["127.0.0.1"], days(-1, 5));
    await Deno.writeTextFile(`${this.dir}/server.pem`, certificate);
    await Deno.writeTextFile(`${this.dir}/server.key`, key);
    return certificate;
  }

  /** What an agent with that id speaks TLS with. */
  async agent(agentId: string, fromDay = -1, toDay = 5): Promise<ClientTls> {
    const { certificate, key } = await issueAgent(this.ca, agentId, days(fromDay, toDay));
    return { caCerts: [this.ca.certificate], cert: certificate, key };
  }
}

function days(from: number, to: number): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: Date.now() + from * DAY_MS, toMs: Date.now() + to * DAY_MS };
}
