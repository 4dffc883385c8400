import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

import classes from "./back-link.module.css";

/** The way from one thing back to the list it stands in. */
export function BackLink({ to, children }: { to: NonNullable<LinkProps["to"]>; children: string }) {
  return (
    <Link to={to} className={classes.link}>
      <ArrowLeft size={16} aria-hidden="true" />
      {children}
    </Link>
  );
}
