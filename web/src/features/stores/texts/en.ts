export const en = {
  title: "Stores",
  hint: "The shops of the chain. Each has a queue of its own.",
  search: "Name, code or region",
  none: "No stores found",
  noneText: "Import stores from a CSV file with: callcenter import stores.",
  open: "Serving",
  closed: "Closed for good",
  columns: {
    name: "Store",
    region: "Region",
    address: "Address",
    phones: "Public numbers",
    extensions: "Extensions",
    state: "State",
  },
};
