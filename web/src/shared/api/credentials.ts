/** What every request needs to know about who is signed in, kept outside React because requests are sent there. */

let csrf = "";

type Listener = () => void;
const listeners = new Set<Listener>();

/** Send this token with every request that changes something; "" while nobody is signed in. */
export function setCsrfToken(token: string): void {
  csrf = token;
}

export function csrfToken(): string {
  return csrf;
}

/** Call `listener` whenever the server answers that nobody is signed in. Returns how to stop. */
export function onUnauthenticated(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

export function reportUnauthenticated(): void {
  for (const listener of listeners) listener();
}
