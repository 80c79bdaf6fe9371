/** A host and a port. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** Reads `host:port`; an IPv6 host stands in brackets. @throws Error */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Error("is no HOST:PORT, such as 127.0.0.1:7400 or [::1]:7400");
  return { hostname: (match[1] ?? match[2])!, port };
}

/** Whether only this machine reaches an address. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
