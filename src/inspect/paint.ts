/** How parts of a text are made to stand out. */
export interface Paint {
  /** Something is wrong. */
  alarm(text: string): string;
  /** What the eye looks for first. */
  strong(text: string): string;
  /** Of second importance. */
  dim(text: string): string;
}

/** For a terminal that shows colours. */
export const COLOURS: Paint = {
  alarm: (text) => `\u001b[1;31m${text}\u001b[0m`,
  strong: (text) => `\u001b[1m${text}\u001b[0m`,
  dim: (text) => `\u001b[2m${text}\u001b[0m`,
};

const same = (text: string): string => text;
/** For everything else. */
export const NO_COLOURS: Paint = { alarm: same, strong: same, dim: same };
