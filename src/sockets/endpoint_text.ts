import type { Endpoint } from "../ports/mod.ts";

/** A host and a port as endpoints write them: IPv6 addresses in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An endpoint as users write it. */
export function endpointText(endpoint: Endpoint): string {
  switch (endpoint.transport) {
    case "ipc":
      return `ipc://${endpoint.path}`;
    case "tcp":
      return `tcp://${hostPort(endpoint.host, endpoint.port)}`;
    default:
      return `${endpoint.transport}://${hostPort(endpoint.host, endpoint.port)}${endpoint.path}`;
  }
}
