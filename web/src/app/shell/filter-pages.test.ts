import { expect, it } from "vitest";

import { filterPages } from "./filter-pages";

const PAGES = [{ name: "Hàng đợi" }, { name: "Cuộc gọi" }, { name: "Gọi lại cho khách" }];

it.each([
  ["", ["Hàng đợi", "Cuộc gọi", "Gọi lại cho khách"]],
  ["goi", ["Cuộc gọi", "Gọi lại cho khách"]],
  ["doi", ["Hàng đợi"]],
  ["khach goi", ["Gọi lại cho khách"]],
  ["GỌI LẠI", ["Gọi lại cho khách"]],
  ["báo cáo", []],
])("finds by %j", (typed, names) => {
  expect(filterPages(PAGES, typed).map(({ name }) => name)).toEqual(names);
});
