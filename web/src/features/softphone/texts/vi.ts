import { offer } from "./offer-vi";
import { phone } from "./phone-vi";
import { talk } from "./talk-vi";

export const vi = { ...phone, ...offer, ...talk };
