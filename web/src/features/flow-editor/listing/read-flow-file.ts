const MAX_BYTES = 2_000_000;

type FileResult = { problem: "tooLarge" | "notJson" | "notFlow" } | { id: string; document: unknown };

/** Read a file as far as to know that it could be a flow; the server looks at the rest. */
export async function readFlowFile(file: Blob): Promise<FileResult> {
  if (file.size > MAX_BYTES) return { problem: "tooLarge" };
  let document: unknown;
  try {
    document = JSON.parse(await file.text());
  } catch {
    return { problem: "notJson" };
  }
  if (typeof document !== "object" || document === null || !("id" in document) || typeof document.id !== "string") {
    return { problem: "notFlow" };
  }
  return { id: document.id, document };
}
