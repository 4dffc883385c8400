import { Link } from "@tanstack/react-router";

import mark from "../favicon.svg";
import classes from "./brand.module.css";

export function Brand() {
  return (
    <Link to="/" className={classes.brand}>
      <img src={mark} alt="" width={30} height={30} />
      <span>callcenter</span>
    </Link>
  );
}
