import { Anchor, type AnchorProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ReactNode, Ref } from "react";

interface LookProps extends Omit<AnchorProps, "href"> {
  ref?: Ref<HTMLAnchorElement>;
  children?: ReactNode;
}

function Look({ ref, ...props }: LookProps) {
  return <Anchor {...props} {...(ref !== undefined && { ref })} />;
}

/** A link to a page of ours; the router checks where it goes. */
export const TextLink = createLink(Look);
