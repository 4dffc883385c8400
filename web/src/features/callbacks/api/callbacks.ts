import { request } from "@/shared/api/client";

export const CALLBACKS = "callbacks";

export type CallbackState = "pending" | "dialling" | "done" | "failed" | "expired" | "cancelled" | "resumed";

/** A customer who keeps a place in a queue without waiting on the line. */
export interface Callback {
  id: string;
  queue_id: string;
  queue_name: string;
  number: string;
  customer_name: string;
  note: string;
  state: CallbackState;
  /** Still to be done. */
  open: boolean;
  waiting_since: string;
  expires_at: string;
  closed_at: string | null;
  attempts: number;
  not_before: string | null;
  last_call_id: string | null;
}

export interface CallbackWrite {
  queue: string;
  number: string;
  customer_name: string;
  note: string;
}

export const addCallback = (body: CallbackWrite) => request<Callback>("POST", "/api/callbacks", { body });

export const cancelCallback = (id: string) => request<undefined>("DELETE", `/api/callbacks/${id}`);
