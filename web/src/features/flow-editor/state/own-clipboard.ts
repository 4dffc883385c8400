const KEY = "callcenter.flow-clipboard";

let remembered = "";

/** Remember what was copied, also for other tabs: browsers show a page the clipboard only while keys are pressed. */
export function rememberClipboard(text: string): void {
  remembered = text;
  try {
    localStorage.setItem(KEY, text);
  } catch {
    // Storage may be forbidden or full; this tab still knows.
  }
}

export function readClipboard(): string {
  try {
    return localStorage.getItem(KEY) ?? remembered;
  } catch {
    return remembered;
  }
}
