/** A microphone without a browser: its track remembers whether it is on. */
export class FakeTrack {
  enabled = true;
  stopped = false;

  stop(): void {
    this.stopped = true;
  }
}

export function fakeMicrophone(track = new FakeTrack()): MediaStream {
  return { getTracks: () => [track], getAudioTracks: () => [track] } as unknown as MediaStream;
}

export function refusedMicrophone(name: string): Promise<MediaStream> {
  return Promise.reject(new DOMException("no", name));
}
