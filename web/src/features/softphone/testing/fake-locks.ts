/** The browser's Web Locks for one name: the first in the queue has it until its work is done. */
export class FakeLocks {
  private queue: (() => void)[] = [];
  private taken = false;

  async request(_name: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>): Promise<void> {
    if (this.taken) await this.turn(signal);
    this.taken = true;
    await work();
    this.taken = false;
    this.queue.shift()?.();
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push(resolve);
      signal.addEventListener("abort", () => {
        this.queue = this.queue.filter((waiting) => waiting !== resolve);
        reject(new DOMException("left", "AbortError"));
      });
    });
  }
}
