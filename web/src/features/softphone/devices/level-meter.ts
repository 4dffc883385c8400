/** Below this level of a meter (0 to 1) there is only noise. */
export const SPEECH = 0.08;

/** Return how loud samples are, 0 to 1 on a scale like an ear's. */
export function loudness(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  const decibels = 10 * Math.log10(power + 1e-10);
  return Math.min(1, Math.max(0, (decibels + 60) / 55));
}
