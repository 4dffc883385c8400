import { useQueryClient, useMutation } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import { setCsrfToken } from "@/shared/api/credentials";
import { SESSION_KEY, type Session } from "@/shared/session/session";

interface NewPassword {
  current_password: string;
  new_password: string;
}

/** Change one's own password. This browser goes on with a new session. */
export function useChangePassword() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewPassword) => request<Session>("PUT", "/api/me/password", { body }),
    retry: false,
    onSuccess: (session) => {
      setCsrfToken(session.csrf_token ?? "");
      queries.setQueryData(SESSION_KEY, session);
    },
  });
}
