/**
 * The catalogue of protocols and what all of them share. Each protocol, the core and the building blocks of sessions have
 * entry points of their own: `tidewire/snapshot`, `tidewire/core`, `tidewire/sansio`.
 *
 * @example
 * ```ts
 * import { CATALOGUE, CORE_SHA256 } from "tidewire";
 * console.log(CATALOGUE.map((protocol) => protocol.title), CORE_SHA256);
 * ```
 *
 * @module
 */
export { CORE_SHA256, ProtocolError, type ProtocolErrorInit, type ProtocolSide } from "./core/mod.ts";
export type * from "./ports/mod.ts";
export { CATALOGUE } from "./protocols/catalogue.ts";
export type { FrameReader, FrameRow, ProtocolDefinition, ReaderOptions, RowValue } from "./protocols/definition.ts";
