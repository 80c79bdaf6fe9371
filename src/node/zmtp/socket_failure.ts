/** What people call the errors of sockets; others keep the runtime's words. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection reset",
  ETIMEDOUT: "connect timed out",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name not found",
  EADDRINUSE: "address in use",
  EADDRNOTAVAIL: "address not available",
  EACCES: "permission denied",
  ENOENT: "no such file",
  EMFILE: "no more file descriptors",
  ENFILE: "no more file descriptors",
};

/** Why a socket failed, in a few words that are the same on every runtime. */
export function socketFailure(error: unknown): string {
  // A name with several addresses fails once for each of them; the first says enough.
  const errors = (error as { errors?: unknown[] }).errors;
  const one = (Array.isArray(errors) ? errors[0] : error) as { code?: string; message?: string };
  return WORDS[one.code ?? ""] ?? one.message ?? String(one);
}
