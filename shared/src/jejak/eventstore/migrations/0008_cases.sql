-- The cases of one office, newest first.

CREATE INDEX stream_office ON es.stream (office, stream_no) WHERE kind = 'case';
