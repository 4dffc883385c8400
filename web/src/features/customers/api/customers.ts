import { useQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";
import type { StoreRef } from "@/shared/live/views";

export const CUSTOMERS = "customers";

export interface Customer {
  id: string;
  code: string | null;
  name: string;
  /** E.164, the preferred one first. */
  phones: string[];
  language: string;
  /** 0: none; higher is more important. */
  vip_level: number;
  owner_store: StoreRef | null;
}

/** One thing that happened between a customer and the chain. */
export interface TimelineEntry {
  id: string;
  kind: string;
  at: string;
  store: StoreRef | null;
  agent: { id: string; name: string } | null;
  number: string | null;
  direction: string | null;
  outcome: string | null;
  talk_s: number | null;
  disposition: string | null;
  /** Order, ticket or receipt number. */
  reference: string | null;
  call_id: string | null;
}

export interface CustomerDetail extends Customer {
  email: string | null;
  address: string | null;
  notes: string;
  created_at: string | null;
  last_contact: { kind: string; at: string; store: StoreRef | null; agent: { id: string; name: string } | null } | null;
  timeline: TimelineEntry[];
}

/** Ask for one customer with everything that happened. */
export function useCustomer(id: string) {
  return useQuery({
    queryKey: [CUSTOMERS, "one", id],
    queryFn: ({ signal }) => request<CustomerDetail>("GET", `/api/customers/${id}`, { signal }),
  });
}
