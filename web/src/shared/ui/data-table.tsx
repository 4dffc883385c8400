import type { ReactNode } from "react";

import classes from "./data-table.module.css";

export interface Column<T> {
  key: string;
  header: string;
  /** null: there is nothing to say, which cards on narrow screens leave out. */
  cell: (row: T) => ReactNode;
  align?: "end";
  /** Shown without its header on narrow screens: the line's name. */
  main?: boolean;
  /** As narrow as its content. */
  tight?: boolean;
}

interface DataTableProps<T> {
  /** What the table is, said to screen readers. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  /** The line that is open or chosen. */
  isCurrent?: (row: T) => boolean;
}

/** Lines under headers; on narrow screens each line becomes a card with its headers beside the values. */
export function DataTable<T>({ label, columns, rows, rowKey, isCurrent }: DataTableProps<T>) {
  return (
    <div className={classes.frame}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ key, header, align, tight }) => (
              <th key={key} scope="col" data-align={align} data-tight={tight}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} data-current={isCurrent?.(row) === true || undefined}>
              {columns.map(({ key, header, cell, align, main, tight }) => {
                const content = cell(row);
                return (
                  <td
                    key={key}
                    data-label={header}
                    data-align={align}
                    data-main={main}
                    data-tight={tight}
                    data-empty={content === null || undefined}
                  >
                    <div className={classes.cell}>{content ?? <span className={classes.none}>–</span>}</div>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
