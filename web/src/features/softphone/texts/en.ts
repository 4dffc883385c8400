import { offer } from "./offer-en";
import { phone } from "./phone-en";
import { talk } from "./talk-en";

export const en = { ...phone, ...offer, ...talk };
