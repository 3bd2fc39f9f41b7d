// Replace this file. It returns the answers to a submission: here always yes, from the day the submission was sent. For
// a decision that comes later, from people or another program, call `answer` of store.mjs when it is made.
export function decide({ action, sent_at: sent }, _personal) {
  return [{ result: "accepted" }, { result: action === "deactivation" ? "ended" : "active", since: sent.slice(0, 10) }];
}
