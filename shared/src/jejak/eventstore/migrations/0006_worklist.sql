-- The worklist of people, by whose clock runs and from when: renewals that wait for months until their first reminder
-- are the applicant's, and lie beside the range that a worklist reads. In the place of the index on (…, urgent, since),
-- so that an append writes no more than before; the queries of the release before use its first three columns.
CREATE INDEX due_turns ON es.due (office, automatic, who, owner, ready_at);
DROP INDEX es.due_worklist;
