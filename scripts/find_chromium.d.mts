/** An unpacked or installed Chromium, the flags it wants and its environment; throws when there is none, saying what to do. */
export function findChromium(
  say: (line: string) => void,
): Promise<{ executablePath: string; args: string[]; env: Record<string, string> }>;
