import { api, unwrap } from "@/shared/api/client";
import type { Answer, Schemas } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";

export const CALLBACKS = "callbacks";

/** A customer who keeps a place in a queue without waiting on the line. */
export type Callback = Answer<"CallbackView">;
export type CallbackState = Answer<"CallbackState">;

export function useCallbacks(open: boolean | null) {
  return usePages(CALLBACKS, { open }, async (query, signal) =>
    unwrap(await api.GET("/api/callbacks", { params: { query }, signal })),
  );
}

export const addCallback = async (body: Schemas["CallbackWrite"]) => unwrap(await api.POST("/api/callbacks", { body }));

export const cancelCallback = async (id: string) =>
  unwrap(await api.DELETE("/api/callbacks/{callback_id}", { params: { path: { callback_id: id } } }));
