// What a page's calls sound like: every remote track of every RTCPeerConnection, kept as 8 kHz samples with the moment
// they came out of the jitter buffer. Runs before the page's own scripts.
(() => {
  const RATE = 8000;
  const KEPT_MS = 60_000;
  const DRIFT = 0.15 * RATE;
  const parts = [];
  const sockets = [];
  const connections = [];

  async function listen(track, source) {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const step = value.sampleRate / RATE;
      const all = new Float32Array(value.numberOfFrames);
      value.copyTo(all, { planeIndex: 0, format: "f32-planar" });
      value.close();
      const samples = new Int16Array(Math.floor(all.length / step));
      for (let at = 0; at < samples.length; at += 1) samples[at] = Math.max(-1, Math.min(1, all[at * step])) * 32767;
      const now = performance.timeOrigin + performance.now();
      parts.push({ source, now, samples });
      while (parts.length > 0 && parts[0].now < now - KEPT_MS) parts.shift();
    }
  }

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      connections.push(this);
      this.addEventListener("track", ({ track }) => {
        if (track.kind === "audio") listen(track, connections.length).catch(() => undefined);
      });
    }
  };

  window.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      sockets.push(this);
    }
  };

  // A steady tone is noise to a browser that cleans up speech.
  const { mediaDevices } = navigator;
  if (mediaDevices !== undefined) {
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    mediaDevices.getUserMedia = ({ audio, video }) => open({ audio: audio && { ...audio, ...raw }, video });
  }

  window.browserEar = {
    // Return what was heard from `since` to `until` (ms since 1970) as base64 of little-endian 16-bit samples.
    heard(since, until) {
      const out = new Int16Array(Math.max(0, Math.round(((until - since) / 1000) * RATE)));
      const places = new Map();
      for (const { source, now, samples } of parts) {
        if (now < since - 1000 || now > until + 1000) continue;
        const arrived = Math.round(((now - since) / 1000) * RATE) - samples.length;
        let place = places.get(source) ?? arrived;
        if (Math.abs(place - arrived) > DRIFT) place = arrived;
        for (let at = 0; at < samples.length; at += 1) {
          const to = place + at;
          if (to >= 0 && to < out.length) out[to] = Math.max(-32768, Math.min(32767, out[to] + samples[at]));
        }
        places.set(source, place + samples.length);
      }
      const bytes = new Uint8Array(out.buffer);
      let text = "";
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(text);
    },
    // End the WebSockets whose path ends so, as a network does that drops them.
    cut(path) {
      const open = sockets.filter(({ url, readyState }) => readyState === 1 && new URL(url).pathname === path);
      open.forEach((socket) => socket.close());
      return open.length;
    },
  };
})();
