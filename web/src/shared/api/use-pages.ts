import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

import { request } from "@/shared/api/client";

/** One page of a list and where the next one begins; null: it was the last. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export type Filters = Record<string, string | number | boolean | null | undefined>;

/** Ask for a list page by page. The key begins with `name`, so that changes can invalidate it. */
export function usePages<T>(name: string, path: string, filters: Filters = {}) {
  const query = useInfiniteQuery({
    queryKey: [name, "pages", path, filters],
    queryFn: ({ pageParam, signal }) =>
      request<Page<T>>("GET", path, { query: { ...filters, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}
