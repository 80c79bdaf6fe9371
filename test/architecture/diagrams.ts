import { CLIENT_TABLE, SERVER_TABLE } from "../../src/protocols/snapshot/mod.ts";
import { ZMTP_TABLE } from "../../src/protocols/zmtp/states.ts";
import { mermaidDiagram } from "../../src/sansio/mod.ts";

const DIAGRAMS: Readonly<Record<string, string>> = {
  client: mermaidDiagram(CLIENT_TABLE, "offline"),
  zmtp: mermaidDiagram(ZMTP_TABLE, "greeting"),
  server: mermaidDiagram(SERVER_TABLE, "awaitingHandshake"),
};

/** A page with the diagrams between its `<!-- diagram:NAME -->` marks as the code's tables print them. */
export function withDiagrams(page: string): string {
  return page.replace(/<!-- diagram:(\w+) -->[\s\S]*?<!-- \/diagram -->/g, (_, name: string) => {
    return `<!-- diagram:${name} -->\n\`\`\`mermaid\n${DIAGRAMS[name]}\n\`\`\`\n<!-- /diagram -->`;
  });
}
