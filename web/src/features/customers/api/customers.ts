import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/shared/api/client";
import type { Answer } from "@/shared/api/schemas";
import { usePages } from "@/shared/api/use-pages";

export const CUSTOMERS = "customers";

export type Customer = Answer<"CustomerItem">;
export type CustomerDetail = Answer<"CustomerDetail">;
/** One thing that happened between a customer and the chain. */
export type TimelineEntry = Answer<"TimelineItem">;

export function useCustomers(text: string) {
  return usePages(CUSTOMERS, { q: text === "" ? null : text }, async (query, signal) =>
    unwrap(await api.GET("/api/customers", { params: { query }, signal })),
  );
}

/** Ask for one customer with everything that happened. */
export function useCustomer(id: string) {
  return useQuery({
    queryKey: [CUSTOMERS, "one", id],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET("/api/customers/{customer_id}", { params: { path: { customer_id: id } }, signal })),
  });
}
