import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";

import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";
import { useLiveEvent } from "@/shared/live/use-live-event";

export const VOICEMAILS = "voicemails";

const WRITTEN_SOON_MS = 1500;

/** A message that a caller left. */
export type Voicemail = Answer<"VoicemailView">;

export function useVoicemails(heard: boolean | null) {
  const queries = useQueryClient();
  const messages = usePages(VOICEMAILS, { heard }, async (query, signal) =>
    unwrap(await api.GET("/api/voicemails", { params: { query }, signal })),
  );
  const refetch = (): void => void queries.invalidateQueries({ queryKey: [VOICEMAILS] });
  useLiveEvent("voicemail.left", refetch);
  // A message is announced when its caller hangs up; its sound is written a moment later.
  const unwritten = messages.items?.some(({ ready }) => !ready) ?? false;
  const lookAgain = useEffectEvent(refetch);
  useEffect(() => {
    if (!unwritten) return undefined;
    const timer = setInterval(() => {
      lookAgain();
    }, WRITTEN_SOON_MS);
    return () => {
      clearInterval(timer);
    };
  }, [unwritten]);
  return messages;
}

export const voicemailAudio = (id: string) => `/api/voicemails/${id}/audio`;

export const markVoicemail = async ({ id, heard }: { id: string; heard: boolean }) =>
  unwrap(await api.PUT("/api/voicemails/{voicemail_id}", { params: { path: { voicemail_id: id } }, body: { heard } }));
