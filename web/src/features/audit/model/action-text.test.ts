import { expect, it } from "vitest";

import { actionText } from "./action-text";

it("names the actions it knows and no others", () => {
  expect(actionText("session.opened")).toBe("session_opened");
  expect(actionText("call.consult_complete")).toBe("call_consult_complete");
  expect(actionText("PUT /api/unheard-of")).toBeNull();
  expect(actionText("toString")).toBeNull();
});
