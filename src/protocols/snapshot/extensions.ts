import type { Extension } from "./messages.ts";

/** Extensions that outlive the chunk that they were decoded from. */
export function copyExtensions(extensions: readonly Extension[]): readonly Extension[] {
  return extensions.length === 0 ? extensions : extensions.map(({ tag, bytes }) => ({ tag, bytes: bytes.slice() }));
}

/** A payload that outlives the chunk that it was decoded from. */
export function ownedPayload<T extends { readonly extensions: readonly Extension[] }>(payload: T): T {
  return { ...payload, extensions: copyExtensions(payload.extensions) };
}
