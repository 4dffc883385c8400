import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

/** One page of a list and where the next one begins; null: it was the last. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** Ask for a list page by page. The key begins with `name`, so that changes can invalidate it. */
export function usePages<T, F extends object>(
  name: string,
  filters: F,
  fetchPage: (query: F & { cursor: string | null }, signal: AbortSignal) => Promise<Page<T>>,
) {
  const query = useInfiniteQuery({
    queryKey: [name, "pages", filters],
    queryFn: ({ pageParam, signal }) => fetchPage({ ...filters, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}
