-- What the system waits with, for whoever may do it by hand: few rows among many that merely have not come to their day.
CREATE INDEX due_put_off ON es.due (office, who) WHERE automatic AND deferred IS NOT NULL;
