"""Which cases of an office have lately come to something that people are to be told."""

from typing import Final

# What waits for the applicant now, and what ended or began lately: of the cases in which some step ended since then.
# An official of a kelurahan sees what was entered there, and no other.
NEWS: Final = """
WITH lately AS MATERIALIZED (
    SELECT stream FROM es.due WHERE office = $1 AND NOT automatic AND tugas IN ('complete', 'hand_over') AND since >= $3
    UNION
    SELECT t.stream FROM (SELECT DISTINCT stream FROM view.step_time WHERE office = $1 AND ended_on >= $4) t
    WHERE EXISTS (
        SELECT FROM es.stream s JOIN es.event e ON e.stream_no = s.stream_no
        WHERE s.key = t.stream AND e.recorded_at >= $3
          AND e.type IN ('CaseRefused', 'CaseReturned', 'MembershipActivated', 'MembershipDeactivated')))
SELECT s.key FROM lately l JOIN es.stream s ON s.key = l.stream
WHERE ($2::text IS NULL OR es.entered_in(s.stream_no, $2))
ORDER BY s.stream_no DESC LIMIT $5
"""
