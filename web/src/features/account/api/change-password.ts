import { useQueryClient, useMutation } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import { setCsrfToken } from "@/shared/api/credentials";
import type { Schemas } from "@/shared/api/schemas";
import { SESSION_KEY } from "@/shared/session/session";

/** Change one's own password. This browser goes on with a new session. */
export function useChangePassword() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: Schemas["PasswordChange"]) => unwrap(await api.PUT("/api/me/password", { body })),
    retry: false,
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token ?? "");
      queries.setQueryData(SESSION_KEY, session);
    },
  });
}
