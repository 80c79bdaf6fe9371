/** The server can't start; `code` is stable, the message says what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly code:
    | "server/port-in-use"
    | "server/address-unusable"
    | "server/store-in-use"
    | "server/store-unusable"
    | "server/credentials-unusable";

  constructor(code: StartError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
