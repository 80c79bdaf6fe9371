/** Constants of ZMTP 3.1 (zmtp §1). */

/** Bits of a frame's first octet (zmtp §1.2). */
export const FLAG_MORE = 0b001;
export const FLAG_LONG = 0b010;
export const FLAG_COMMAND = 0b100;
/** Bits inside a CURVE MESSAGE (zmtp §1.8). */
export const BOX_MORE = 0b01;
export const BOX_COMMAND = 0b10;
/** The first octet of a WebSocket message (zmtp §1.15). */
export const ZWS_LAST = 0;
export const ZWS_MORE = 1;
export const ZWS_COMMAND = 2;

/** Longest body with a length of one octet (zmtp §1.2). */
export const MAX_SHORT_BODY_BYTES = 255;
export const SHORT_HEAD_BYTES = 2;
export const LONG_HEAD_BYTES = 9;

/** Sizes of the greeting's parts (zmtp §1.1). */
export const GREETING_BYTES = 64;
export const SIGNATURE_BYTES = 10;
export const MAJOR_AT = 10;
export const MINOR_AT = 11;
export const MECHANISM_AT = 12;
export const MECHANISM_BYTES = 20;
export const AS_SERVER_AT = 32;
/** What we are. */
export const MAJOR = 3;
export const MINOR = 1;

/** A peer's identity has at most so many octets (zmtp §1.12). */
export const MAX_IDENTITY_BYTES = 255;
/** PLAIN's user name and password have lengths of one octet (zmtp §1.6). */
export const MAX_CREDENTIAL_BYTES = 255;
/** A PING's context; longer ones are cut (zmtp §1.3, §1.10 trap 6). */
export const MAX_CONTEXT_BYTES = 16;
/** libzmq multiplies by 100 in 16 bits: more closes the link at once (zmtp §1.10, trap 3). */
export const MAX_TTL_DECISECONDS = 655;
/** What a MESSAGE adds to a body (zmtp §1.8). */
export const BOX_OVERHEAD_BYTES = 33;
