/** Files in and out of the page. */
import type { OpenAsk } from "../worker_messages.ts";

/** The part of the File System Access API that the page uses; browsers without it open files the plain way. */
interface FilePicker {
  showOpenFilePicker(options: { readonly multiple: boolean }): Promise<FileSystemFileHandle[]>;
}

/** Lets a person pick files that can be read again when they have grown. */
export async function pickFiles(): Promise<OpenAsk[]> {
  try {
    const handles = await (window as unknown as FilePicker).showOpenFilePicker({ multiple: true });
    return await Promise.all(
      handles.map(async (handle) => ({ name: handle.name, blob: await handle.getFile(), handle })),
    );
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return [];
    throw error;
  }
}

/** What was dropped: files, with their handles where the browser gives them. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<OpenAsk[]> {
  const plain = (): OpenAsk[] => [...files].map((blob) => ({ name: blob.name, blob }));
  const first = items[0] as
    | (DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> })
    | undefined;
  if (first?.getAsFileSystemHandle === undefined) return plain();
  const fallback = plain();
  // All are asked for before the first answer: after it the browser has taken the items away.
  const asked = [...items]
    .filter(({ kind }) => kind === "file")
    .map((item) => (item as typeof first).getAsFileSystemHandle!().catch(() => null));
  const handles = await Promise.all(asked);
  const asks: OpenAsk[] = [];
  for (const [at, handle] of handles.entries()) {
    if (handle instanceof FileSystemFileHandle) asks.push({ name: handle.name, blob: await handle.getFile(), handle });
    else if (fallback[at] !== undefined) asks.push(fallback[at]);
  }
  return asks;
}

/** Hands a file to the person. */
export function saveFile(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has its own hold of the bytes as soon as it began.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
