import { useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";
import { useLiveEvent } from "@/shared/live/use-live-event";

export const VOICEMAILS = "voicemails";

/** A message that a caller left. */
export type Voicemail = Answer<"VoicemailView">;

export function useVoicemails(heard: boolean | null) {
  const queries = useQueryClient();
  useLiveEvent("voicemail.left", () => void queries.invalidateQueries({ queryKey: [VOICEMAILS] }));
  return usePages(VOICEMAILS, { heard }, async (query, signal) =>
    unwrap(await api.GET("/api/voicemails", { params: { query }, signal })),
  );
}

export const voicemailAudio = (id: string) => `/api/voicemails/${id}/audio`;

export const markVoicemail = async ({ id, heard }: { id: string; heard: boolean }) =>
  unwrap(await api.PUT("/api/voicemails/{voicemail_id}", { params: { path: { voicemail_id: id } }, body: { heard } }));
