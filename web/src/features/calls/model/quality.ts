import type { Tone } from "@/shared/ui/state-label";

/** Say how good a connection sounded by its MOS (ITU-T G.107 scale, 1 to 4.5). */
export function qualityOf(mos: number): { word: "good" | "fair" | "poor"; tone: Tone } {
  if (mos >= 4) return { word: "good", tone: "good" };
  if (mos >= 3.4) return { word: "fair", tone: "warning" };
  return { word: "poor", tone: "bad" };
}
