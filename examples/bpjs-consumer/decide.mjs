// The file to replace: what is answered to a submission. This says yes to everybody, from the day it was sent. What is
// decided later, by people or by another program, goes the same way: `answer` of store.mjs, whenever it is decided.
export function decide({ action, sent_at: sent }, _personal) {
  return [{ result: "accepted" }, { result: action === "deactivation" ? "ended" : "active", since: sent.slice(0, 10) }];
}
